-- The clip of a workspace with this content; before it is stored again.
SELECT id FROM clips WHERE workspace_id = $1 AND sha256 = $2
