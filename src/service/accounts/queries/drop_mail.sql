-- A mail that was sent, or never will be.
DELETE FROM outgoing_mails
WHERE id = $1
