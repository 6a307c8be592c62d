-- Forgets a claim of a request that changed nothing.
DELETE FROM idempotency_keys WHERE id = $1 AND claim = $2 AND answer IS NULL
