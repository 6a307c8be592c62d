-- Ends all keys of a person.
DELETE FROM api_keys
WHERE user_id = $1
