-- Who a session stands for, if it is alive and its user may work; asked for every request.
SELECT s.user_id, s.second_factor, u.is_operator
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.id = $1 AND s.revoked_at_us IS NULL AND s.expires_at_us > $2 AND s.idle_until_us > $2
  AND u.suspended_at_us IS NULL
