-- Who runs this installation and may work; with a lock against changes on PostgreSQL by
-- updating them first (touch_operators).
SELECT id, password_hash
FROM users
WHERE is_operator = 1 AND suspended_at_us IS NULL
LIMIT 1000
