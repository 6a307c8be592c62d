-- A link that is live, by the hash of its token.
SELECT id, workspace_id, montage_id, created_at_us, expires_at_us FROM shares
WHERE token_hash = $1 AND revoked_at_us IS NULL
  AND (expires_at_us IS NULL OR expires_at_us > now_us())
