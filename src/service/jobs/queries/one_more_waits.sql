-- The workspace has one more waiting job.
INSERT INTO job_lanes (workspace_id, waiting, served_at_us) VALUES ($1, 1, now_us())
ON CONFLICT (workspace_id) DO UPDATE SET waiting = job_lanes.waiting + 1
