-- The number of the last event of a workspace.
SELECT seq FROM event_counters WHERE workspace_id = $1
