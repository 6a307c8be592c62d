-- Takes a key that is new, older than $4 microseconds, or was claimed and not answered for $5.
INSERT INTO idempotency_keys (id, fingerprint, claim, claimed_at_us) VALUES ($1, $2, $3, now_us())
ON CONFLICT (id) DO UPDATE
SET fingerprint = excluded.fingerprint, claim = excluded.claim,
    claimed_at_us = excluded.claimed_at_us, answer = NULL
WHERE idempotency_keys.claimed_at_us <= now_us() - CAST($4 AS bigint)
   OR (idempotency_keys.answer IS NULL
       AND idempotency_keys.claimed_at_us <= now_us() - CAST($5 AS bigint))
RETURNING claim
