-- The next number in the log of a workspace.
INSERT INTO event_counters (workspace_id, seq) VALUES ($1, 1)
ON CONFLICT (workspace_id) DO UPDATE SET seq = event_counters.seq + 1
RETURNING seq
