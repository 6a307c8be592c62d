-- What people want to be called, and workspaces that go.
ALTER TABLE users ADD COLUMN name TEXT NOT NULL DEFAULT '';

-- owner_id: the person it goes with, '' for nobody; no reference, because that is told apart after.
CREATE TABLE departures (
    workspace_id TEXT PRIMARY KEY NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    owner_id TEXT NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;
CREATE INDEX departures_since ON departures (since_us);
CREATE INDEX departures_owner ON departures (owner_id);
