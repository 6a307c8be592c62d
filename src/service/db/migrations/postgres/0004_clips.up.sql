-- Bytes that the service keeps, uploads on their way, and clips.

-- A row precedes the bytes: what is staged and old, or deleting, is taken away with its bytes.
CREATE TABLE objects (
    key text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('staged', 'committed', 'deleting')),
    size bigint NOT NULL CHECK (size >= 0),
    sha256 text,
    changed_at_us bigint NOT NULL
);
CREATE INDEX objects_of_workspace ON objects (workspace_id, key);
CREATE INDEX objects_unfinished ON objects (changed_at_us) WHERE state <> 'committed';

-- What a workspace has in committed objects and reserved by uploads; one row is locked to admit more.
CREATE TABLE workspace_usage (
    workspace_id text PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    committed_bytes bigint NOT NULL CHECK (committed_bytes >= 0),
    reserved_bytes bigint NOT NULL CHECK (reserved_bytes >= 0)
);

-- clip_id: the clip to be, or, once done, the one that had this content already.
CREATE TABLE uploads (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    made_by text NOT NULL,
    name text NOT NULL,
    length bigint NOT NULL CHECK (length >= 0),
    received bigint NOT NULL CHECK (received >= 0 AND received <= length),
    hash_state bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'done', 'ended')),
    clip_id text NOT NULL,
    created_at_us bigint NOT NULL,
    expires_at_us bigint NOT NULL
);
CREATE INDEX uploads_of_workspace ON uploads (workspace_id, id);
CREATE INDEX uploads_open ON uploads (workspace_id) WHERE state = 'open';
CREATE INDEX uploads_expiry ON uploads (expires_at_us);

-- source_key: the object; source_path: imported in place, the file is the operator's.
CREATE TABLE clips (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('checking', 'ready', 'unusable')),
    source_key text,
    source_path text,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    media text,
    analysis_key text,
    proxy_key text,
    poster_key text,
    strip_key text,
    problem text,
    created_at_us bigint NOT NULL
);
CREATE UNIQUE INDEX clips_content ON clips (workspace_id, sha256);
CREATE INDEX clips_of_workspace ON clips (workspace_id, id);
