-- What became of a key that somebody else has.
SELECT fingerprint, answer FROM idempotency_keys WHERE id = $1
