-- Who runs this installation.
UPDATE users SET is_operator = $2
WHERE id = $1
