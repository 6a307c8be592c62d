-- An object whose bytes are to be written; before them.
INSERT INTO objects (key, workspace_id, state, size, changed_at_us)
VALUES ($1, $2, 'staged', $3, now_us())
