-- Live links to a montage, newest first.
SELECT id, workspace_id, montage_id, created_at_us, expires_at_us FROM shares
WHERE montage_id = $1 AND revoked_at_us IS NULL
  AND (expires_at_us IS NULL OR expires_at_us > now_us())
ORDER BY id DESC LIMIT 100
