-- Forgets sessions that ended long ago.
DELETE FROM sessions
WHERE expires_at_us < $1
