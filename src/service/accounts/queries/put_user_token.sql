-- A link by mail; the one before it ends.
INSERT INTO user_tokens (user_id, kind, token_hash, expires_at_us)
VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, kind) DO UPDATE
SET token_hash = excluded.token_hash, expires_at_us = excluded.expires_at_us
