-- Ends a key of a person.
DELETE FROM api_keys
WHERE id = $1 AND user_id = $2
