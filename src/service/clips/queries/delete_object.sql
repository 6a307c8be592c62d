-- Nobody needs it any more; the row was locked. The sweep takes the bytes.
UPDATE objects SET state = 'deleting', changed_at_us = now_us() WHERE key = $1
