-- Nobody works in a workspace any more.
DELETE FROM memberships
WHERE workspace_id = $1
