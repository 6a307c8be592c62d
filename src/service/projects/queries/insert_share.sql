-- A link that shows a montage to whoever has it.
INSERT INTO shares (id, workspace_id, montage_id, token_hash, made_by, created_at_us, expires_at_us)
VALUES ($1, $2, $3, $4, $5, now_us(), CAST($6 AS bigint))
