-- Bytes that the service keeps, uploads on their way, and clips.

-- A row precedes the bytes: what is staged and old, or deleting, is taken away with its bytes.
CREATE TABLE objects (
    key TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('staged', 'committed', 'deleting')),
    size INTEGER NOT NULL CHECK (size >= 0),
    sha256 TEXT,
    changed_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX objects_of_workspace ON objects (workspace_id, key);
CREATE INDEX objects_unfinished ON objects (changed_at_us) WHERE state <> 'committed';

-- What a workspace has in committed objects and reserved by uploads; one row is locked to admit more.
CREATE TABLE workspace_usage (
    workspace_id TEXT PRIMARY KEY NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    committed_bytes INTEGER NOT NULL CHECK (committed_bytes >= 0),
    reserved_bytes INTEGER NOT NULL CHECK (reserved_bytes >= 0)
) STRICT;

-- clip_id: the clip to be, or, once done, the one that had this content already.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    made_by TEXT NOT NULL,
    name TEXT NOT NULL,
    length INTEGER NOT NULL CHECK (length >= 0),
    received INTEGER NOT NULL CHECK (received >= 0 AND received <= length),
    hash_state BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'ended')),
    clip_id TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_of_workspace ON uploads (workspace_id, id);
CREATE INDEX uploads_open ON uploads (workspace_id) WHERE state = 'open';
CREATE INDEX uploads_expiry ON uploads (expires_at_us);

-- source_key: the object; source_path: imported in place, the file is the operator's.
CREATE TABLE clips (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('checking', 'ready', 'unusable')),
    source_key TEXT,
    source_path TEXT,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media TEXT,
    analysis_key TEXT,
    proxy_key TEXT,
    poster_key TEXT,
    strip_key TEXT,
    problem TEXT,
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX clips_content ON clips (workspace_id, sha256);
CREATE INDEX clips_of_workspace ON clips (workspace_id, id);
