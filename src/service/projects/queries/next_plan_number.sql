-- The number of a project's next plan.
SELECT coalesce(max(number), 0) + 1 AS number FROM plans WHERE project_id = $1
