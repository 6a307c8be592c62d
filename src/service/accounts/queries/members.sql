-- Who works in a workspace.
SELECT m.user_id, u.email, u.name, m.role, m.created_at_us
FROM memberships m
JOIN users u ON u.id = m.user_id
WHERE m.workspace_id = $1
ORDER BY m.user_id
LIMIT 1000
