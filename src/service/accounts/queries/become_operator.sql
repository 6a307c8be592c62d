-- The owner of a single-owner installation gets a name and a password.
UPDATE users SET email = $2, password_hash = $3, verified_at_us = $4, is_operator = 1
WHERE id = $1
