-- A clip of any workspace, locked until the end of the transaction; for the jobs about it.
UPDATE clips SET name = name WHERE id = $1
RETURNING workspace_id, name, analysis_key, proxy_key, poster_key, strip_key
