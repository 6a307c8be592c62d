-- A workspace that goes; with the person it goes with, or nobody.
INSERT INTO departures (workspace_id, owner_id, since_us)
VALUES ($1, $2, $3)
ON CONFLICT (workspace_id) DO NOTHING
