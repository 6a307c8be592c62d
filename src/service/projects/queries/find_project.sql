-- One project of a workspace.
SELECT id, name, version, wishes, created_at_us, changed_at_us FROM projects WHERE id = $1 AND workspace_id = $2
