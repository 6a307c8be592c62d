-- The live sessions of a person, newest first.
SELECT id, second_factor, address, client, created_at_us, rotated_at_us, expires_at_us
FROM sessions
WHERE user_id = $1 AND revoked_at_us IS NULL AND expires_at_us > $2 AND idle_until_us > $2
ORDER BY id DESC
LIMIT 1000
