-- The number of the first event that is still kept.
SELECT min(seq) AS seq FROM events WHERE workspace_id = $1
