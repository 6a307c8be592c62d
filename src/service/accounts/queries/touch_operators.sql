-- Makes others who change operators wait.
UPDATE users SET is_operator = 1
WHERE is_operator = 1
