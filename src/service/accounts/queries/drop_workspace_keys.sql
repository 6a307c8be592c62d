-- Ends all keys of a workspace.
DELETE FROM api_keys
WHERE workspace_id = $1
