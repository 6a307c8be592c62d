-- Workspaces that nobody but this person is in; they go with him.
SELECT m.workspace_id
FROM memberships m
WHERE m.user_id = $1 AND NOT EXISTS (
    SELECT 1 FROM memberships o WHERE o.workspace_id = m.workspace_id AND o.user_id <> $1)
LIMIT 1000
