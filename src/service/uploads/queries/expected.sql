-- Bytes that open uploads were promised and have not sent yet; before more are promised.
SELECT CAST(coalesce(sum(length - received), 0) AS bigint) AS bytes FROM uploads WHERE state = 'open'
