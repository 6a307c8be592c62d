-- New ones come, or none are needed.
DELETE FROM recovery_codes
WHERE user_id = $1
