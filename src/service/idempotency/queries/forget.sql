-- Keys older than $1 microseconds.
DELETE FROM idempotency_keys WHERE claimed_at_us <= now_us() - CAST($1 AS bigint)
