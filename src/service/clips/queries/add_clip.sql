-- A new clip, unless the workspace has one with this content.
INSERT INTO clips (id, workspace_id, name, state, source_key, source_path, size, sha256, created_at_us)
VALUES ($1, $2, $3, 'checking', $4, $5, $6, $7, now_us())
ON CONFLICT (workspace_id, sha256) DO NOTHING
