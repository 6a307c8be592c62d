-- Events older than a time, all workspaces.
DELETE FROM events WHERE at_us < CAST($1 AS bigint)
