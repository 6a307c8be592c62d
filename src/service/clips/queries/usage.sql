-- What a workspace has; for its page and for quotas.
SELECT committed_bytes, reserved_bytes FROM workspace_usage WHERE workspace_id = $1
