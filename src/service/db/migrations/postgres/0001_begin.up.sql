-- The database's clock, and the installation's own values.
-- STABLE, so that an index can be used for `due_at_us <= now_us()`.
CREATE FUNCTION now_us() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint)';

CREATE TABLE settings (
    name text PRIMARY KEY,
    value text NOT NULL
);
