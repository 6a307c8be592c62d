-- Who is invited to a workspace.
SELECT id, email, role, expires_at_us
FROM workspace_invitations
WHERE workspace_id = $1 AND expires_at_us > $2
ORDER BY id
LIMIT 1000
