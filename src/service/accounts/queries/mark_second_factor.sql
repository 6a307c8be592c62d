-- A session whose user has just shown the second factor.
UPDATE sessions SET second_factor = 1
WHERE id = $1
