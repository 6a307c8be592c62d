-- Takes back 0007.
DROP TABLE departures;
ALTER TABLE users DROP COLUMN name;
