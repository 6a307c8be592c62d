-- What a person may do in a workspace; asked for every request.
SELECT m.role
FROM memberships m
JOIN users u ON u.id = m.user_id
WHERE m.workspace_id = $1 AND m.user_id = $2 AND u.suspended_at_us IS NULL
