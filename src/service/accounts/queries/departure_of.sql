-- Whether something is left of the workspaces that go with a person.
SELECT workspace_id
FROM departures
WHERE owner_id = $1
LIMIT 1
