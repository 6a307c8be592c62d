-- A new person; nothing when the address is taken.
INSERT INTO users (id, email, password_hash, verified_at_us, is_operator, suspended_at_us,
                   deletion_due_at_us, totp_sealed, totp_active_at_us, totp_last_step,
                   created_at_us)
VALUES ($1, $2, $3, $4, $5, NULL, NULL, NULL, NULL, 0, $6)
ON CONFLICT (email) DO NOTHING
