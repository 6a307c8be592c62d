-- Nothing remains.
DROP TABLE settings;
DROP FUNCTION now_us();
