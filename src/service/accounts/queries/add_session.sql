-- Signing in; generation 1 of a new family.
INSERT INTO sessions (id, user_id, generation, token_hash, second_factor, address, client,
                      created_at_us, rotated_at_us, idle_until_us, expires_at_us, revoked_at_us)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $7, $8, $9, NULL)
