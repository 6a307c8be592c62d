-- How many uploads a workspace has under way; there is a limit.
SELECT count(*) AS uploads FROM uploads WHERE workspace_id = $1 AND state = 'open'
