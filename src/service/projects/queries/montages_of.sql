-- All montages of a project, with what they keep in the storage; before it is removed.
SELECT id, files FROM montages WHERE project_id = $1 AND workspace_id = $2 ORDER BY id
