-- Uploads whose time is over; for the sweep.
SELECT id, workspace_id FROM uploads WHERE expires_at_us <= $1 ORDER BY expires_at_us LIMIT 500
