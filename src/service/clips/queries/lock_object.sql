-- An object as it is, locked until the end of the transaction; before every change of its state.
UPDATE objects SET state = state WHERE key = $1 RETURNING workspace_id, state, size
