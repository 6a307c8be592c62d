-- The bytes are there; the row was locked.
UPDATE objects SET state = 'committed', size = CAST($2 AS bigint), sha256 = $3, changed_at_us = now_us()
WHERE key = $1
