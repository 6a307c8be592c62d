-- A clip that is no longer wanted; its objects are the caller's to mark.
DELETE FROM clips WHERE id = $1 AND workspace_id = $2
RETURNING source_key, analysis_key, proxy_key, poster_key, strip_key
