-- Clips of a workspace, newest first, those before the cursor $2.
SELECT id, workspace_id, name, state, source_key, source_path, size, sha256, media, analysis_key,
    proxy_key, poster_key, strip_key, problem, created_at_us
FROM clips WHERE workspace_id = $1 AND id < $2
ORDER BY id DESC LIMIT CAST($3 AS bigint)
