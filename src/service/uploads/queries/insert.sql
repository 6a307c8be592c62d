-- An upload that may begin.
INSERT INTO uploads (id, workspace_id, made_by, name, length, received, hash_state, state, clip_id,
                     created_at_us, expires_at_us)
VALUES ($1, $2, $3, $4, $5, 0, $6, 'open', $7, $8, $9)
