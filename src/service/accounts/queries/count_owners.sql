-- How many own a workspace, besides one.
SELECT COUNT(*) AS owners
FROM memberships
WHERE workspace_id = $1 AND user_id <> $2 AND role = 4
