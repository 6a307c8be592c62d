-- Projects of a workspace, newest first, those before the cursor $2.
SELECT id, name, version, wishes, created_at_us, changed_at_us FROM projects
WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT CAST($3 AS bigint)
