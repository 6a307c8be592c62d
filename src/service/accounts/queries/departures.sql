-- Workspaces that went before a time, oldest first; for whoever takes away what is left.
SELECT workspace_id
FROM departures
WHERE since_us <= $1
ORDER BY since_us
LIMIT 100
