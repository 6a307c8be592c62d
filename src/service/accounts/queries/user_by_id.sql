-- A person.
SELECT id, email, name, password_hash, verified_at_us, is_operator, suspended_at_us,
       deletion_due_at_us, totp_sealed, totp_active_at_us, totp_last_step, created_at_us
FROM users
WHERE id = $1
