-- Keeps a person out, or lets him in again.
UPDATE users SET suspended_at_us = $2
WHERE id = $1
