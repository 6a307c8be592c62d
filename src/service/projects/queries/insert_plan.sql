-- A new version of a project's edit plan; versions never change.
INSERT INTO plans (id, workspace_id, project_id, number, plan, made_by, created_at_us)
VALUES ($1, $2, $3, CAST($4 AS bigint), $5, $6, now_us())
