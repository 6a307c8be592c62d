-- An invitation to a workspace; the one before it to that address ends.
INSERT INTO workspace_invitations (id, workspace_id, email, role, token_hash, invited_by,
                                   expires_at_us)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace_id, email) DO UPDATE
SET id = excluded.id, role = excluded.role, token_hash = excluded.token_hash,
    invited_by = excluded.invited_by, expires_at_us = excluded.expires_at_us
