-- A workspace.
SELECT id, name, personal_of, created_at_us
FROM workspaces
WHERE id = $1
