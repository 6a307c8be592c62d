-- A montage that is to be rendered.
INSERT INTO montages (id, workspace_id, project_id, plan_id, job_id, state, files, created_at_us)
VALUES ($1, $2, $3, $4, $5, 'rendering', '[]', now_us())
