-- The link for the first operator; the one before it ends.
INSERT INTO setup_token (id, token_hash, expires_at_us)
VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE
SET token_hash = excluded.token_hash, expires_at_us = excluded.expires_at_us
