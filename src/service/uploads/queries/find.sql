-- One upload of a workspace.
SELECT id, workspace_id, made_by, name, length, received, hash_state, state, clip_id, created_at_us,
    expires_at_us
FROM uploads WHERE id = $1 AND workspace_id = $2
