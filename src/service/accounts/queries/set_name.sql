-- What a person wants to be called.
UPDATE users SET name = $2
WHERE id = $1
