-- A member, or another role for one.
INSERT INTO memberships (workspace_id, user_id, role, created_at_us)
VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id, user_id) DO UPDATE
SET role = excluded.role
