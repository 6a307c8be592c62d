-- Another name for people.
UPDATE clips SET name = $3 WHERE id = $1 AND workspace_id = $2
