-- Links of a person that no longer hold.
DELETE FROM user_tokens
WHERE user_id = $1
