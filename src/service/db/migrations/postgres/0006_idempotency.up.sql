-- needs: 5
-- Requests that were sent with an Idempotency-Key, and what was answered to them.

-- id: SHA-256 of owner, operation and key. claim: the request that is at work, or was. answer: NULL
-- while it is; sealed, as answers can hold secrets that are kept nowhere else.
CREATE TABLE idempotency_keys (
    id text PRIMARY KEY,
    fingerprint text NOT NULL,
    claim text NOT NULL,
    claimed_at_us bigint NOT NULL,
    answer text
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (claimed_at_us);
