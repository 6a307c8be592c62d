-- What became of a session whose token is not the present one.
SELECT user_id, generation, rotated_at_us, revoked_at_us, idle_until_us, expires_at_us
FROM sessions
WHERE id = $1
