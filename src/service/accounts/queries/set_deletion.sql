-- When a person is to be forgotten, or that he is not.
UPDATE users SET deletion_due_at_us = $2
WHERE id = $1
