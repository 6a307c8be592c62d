-- A mail that could not be sent, until later.
UPDATE outgoing_mails SET due_at_us = $2
WHERE id = $1
