-- Where a person works, and as what.
SELECT w.id, w.name, w.personal_of, w.created_at_us, m.role
FROM memberships m
JOIN workspaces w ON w.id = m.workspace_id
WHERE m.user_id = $1
ORDER BY w.id
LIMIT 1000
