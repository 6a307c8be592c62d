-- Clips of a project in their order, and what is known of them.
SELECT c.id, c.name, c.state, c.analysis_key, c.source_key, c.source_path, c.sha256
FROM project_clips p JOIN clips c ON c.id = p.clip_id
WHERE p.project_id = $1 ORDER BY p.place, c.id
