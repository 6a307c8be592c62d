-- Who is to be forgotten by now.
SELECT id
FROM users
WHERE deletion_due_at_us <= $1
ORDER BY deletion_due_at_us
LIMIT 100
