-- A clip of the same workspace belongs to a project; no row when the workspace has no such clip.
INSERT INTO project_clips (project_id, clip_id, place)
SELECT $1, id, CAST($4 AS bigint) FROM clips WHERE id = $2 AND workspace_id = $3
