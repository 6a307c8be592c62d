-- From now on a code is asked for.
UPDATE users SET totp_active_at_us = $2, totp_last_step = $3
WHERE id = $1 AND totp_sealed IS NOT NULL AND totp_active_at_us IS NULL
