-- Nothing remains.
DROP TABLE settings;
