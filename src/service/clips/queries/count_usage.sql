-- Bytes that became a workspace's, or are no longer; with every change of its objects.
UPDATE workspace_usage SET committed_bytes = committed_bytes + CAST($2 AS bigint),
    reserved_bytes = reserved_bytes + CAST($3 AS bigint)
WHERE workspace_id = $1
