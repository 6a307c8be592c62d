-- Uses an invite up.
DELETE FROM registration_invites
WHERE token_hash = $1 AND expires_at_us > $2
RETURNING id
