-- What people want to be called, and workspaces that go.
ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '';

-- owner_id: the person it goes with, '' for nobody; no reference, because that is told apart after.
CREATE TABLE departures (
    workspace_id text PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    owner_id text NOT NULL,
    since_us bigint NOT NULL
);
CREATE INDEX departures_since ON departures (since_us);
CREATE INDEX departures_owner ON departures (owner_id);
