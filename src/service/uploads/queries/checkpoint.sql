-- Bytes up to $3 are on the disk; no row changes when the upload has ended, or is elsewhere than $2.
UPDATE uploads SET received = $3, hash_state = $4, expires_at_us = $5
WHERE id = $1 AND received = $2 AND state = 'open'
