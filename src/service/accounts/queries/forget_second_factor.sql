-- Sessions of a person who has no second factor any more.
UPDATE sessions SET second_factor = 0
WHERE user_id = $1 AND second_factor = 1
