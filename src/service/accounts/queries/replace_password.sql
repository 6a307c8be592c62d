-- A stronger hash of the same password, or the same; nothing when it was changed meanwhile, or its
-- person suspended.
UPDATE users SET password_hash = $3
WHERE id = $1 AND password_hash = $2 AND suspended_at_us IS NULL
