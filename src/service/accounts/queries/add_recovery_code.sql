-- A code for when the telephone is gone.
INSERT INTO recovery_codes (user_id, code_hash)
VALUES ($1, $2)
