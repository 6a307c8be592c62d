-- Forgets a person and all that is his alone.
DELETE FROM users
WHERE id = $1 AND deletion_due_at_us <= $2
