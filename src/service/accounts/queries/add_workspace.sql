-- A new workspace.
INSERT INTO workspaces (id, name, personal_of, created_at_us, members_changed_at_us)
VALUES ($1, $2, $3, $4, $4)
