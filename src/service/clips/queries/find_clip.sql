-- One clip of a workspace.
SELECT id, workspace_id, name, state, source_key, source_path, size, sha256, media, analysis_key,
    proxy_key, poster_key, strip_key, problem, created_at_us
FROM clips WHERE id = $1 AND workspace_id = $2
