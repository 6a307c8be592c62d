-- Takes back 0006.
DROP TABLE idempotency_keys;
