-- A project has no clips; before they are written anew.
DELETE FROM project_clips WHERE project_id = $1
