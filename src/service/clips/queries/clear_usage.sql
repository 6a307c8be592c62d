-- A workspace without objects has nothing.
UPDATE workspace_usage SET committed_bytes = 0, reserved_bytes = 0 WHERE workspace_id = $1
