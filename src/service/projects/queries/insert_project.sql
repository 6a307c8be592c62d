-- A new project.
INSERT INTO projects (id, workspace_id, name, version, wishes, created_at_us, changed_at_us)
VALUES ($1, $2, $3, 1, $4, now_us(), now_us())
