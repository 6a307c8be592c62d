-- A montage with its shares.
DELETE FROM montages WHERE id = $1 AND workspace_id = $2
