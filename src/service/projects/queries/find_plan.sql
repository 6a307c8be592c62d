-- One plan of a workspace.
SELECT id, project_id, number, plan, made_by, created_at_us
FROM plans WHERE id = $1 AND workspace_id = $2
