-- Makes others who change its members wait.
UPDATE workspaces SET members_changed_at_us = $2
WHERE id = $1
