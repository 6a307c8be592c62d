-- The row that counts what a workspace has; for whoever is about to lock it.
INSERT INTO workspace_usage (workspace_id, committed_bytes, reserved_bytes) VALUES ($1, 0, 0)
ON CONFLICT (workspace_id) DO NOTHING
