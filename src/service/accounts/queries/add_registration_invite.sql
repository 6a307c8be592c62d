-- An operator lets somebody register.
INSERT INTO registration_invites (id, token_hash, made_by, expires_at_us)
VALUES ($1, $2, $3, $4)
