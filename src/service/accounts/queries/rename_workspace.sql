-- Another name.
UPDATE workspaces SET name = $2
WHERE id = $1
