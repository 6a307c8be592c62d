-- No code is asked for any more.
UPDATE users SET totp_sealed = NULL, totp_active_at_us = NULL
WHERE id = $1
