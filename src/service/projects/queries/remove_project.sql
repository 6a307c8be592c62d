-- A project with its plans, montages and shares.
DELETE FROM projects WHERE id = $1 AND workspace_id = $2
