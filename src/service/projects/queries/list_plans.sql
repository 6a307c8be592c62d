-- Plans of a project, newest first, those below the number $2; without their text.
SELECT id, project_id, number, made_by, created_at_us FROM plans
WHERE project_id = $1 AND number < CAST($2 AS bigint) ORDER BY number DESC LIMIT CAST($3 AS bigint)
