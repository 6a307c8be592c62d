-- A new password; ends what a reset had begun.
UPDATE users SET password_hash = $2
WHERE id = $1
