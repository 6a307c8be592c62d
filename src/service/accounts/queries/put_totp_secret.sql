-- A new secret, not yet confirmed.
UPDATE users SET totp_sealed = $2, totp_last_step = 0
WHERE id = $1 AND totp_active_at_us IS NULL
