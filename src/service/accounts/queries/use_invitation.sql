-- Uses an invitation up.
DELETE FROM workspace_invitations
WHERE token_hash = $1 AND expires_at_us > $2
RETURNING workspace_id, email, role, invited_by
