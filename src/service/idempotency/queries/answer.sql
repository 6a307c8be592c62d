-- Keeps the answer to the request that still has the key.
UPDATE idempotency_keys SET answer = $3 WHERE id = $1 AND claim = $2
