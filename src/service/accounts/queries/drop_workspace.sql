-- Forgets a workspace.
DELETE FROM workspaces
WHERE id = $1
