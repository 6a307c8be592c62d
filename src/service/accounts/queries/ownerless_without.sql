-- Shared workspaces in which this person is the only owner and others are members.
SELECT w.name
FROM memberships m
JOIN workspaces w ON w.id = m.workspace_id
WHERE m.user_id = $1 AND m.role = 4
  AND EXISTS (SELECT 1 FROM memberships o
              WHERE o.workspace_id = m.workspace_id AND o.user_id <> $1)
  AND NOT EXISTS (SELECT 1 FROM memberships o
                  WHERE o.workspace_id = m.workspace_id AND o.user_id <> $1 AND o.role = 4)
LIMIT 100
