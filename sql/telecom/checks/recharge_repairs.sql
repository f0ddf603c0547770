-- What repaired_columns of a recharge names holds its default, and nothing that is repaired is null.
SELECT kafka_partition, kafka_offset, repaired_columns, event_time, amount
FROM telecom.silver.recharge
WHERE event_time IS NULL
  OR amount IS NULL
  OR (list_contains(string_split(repaired_columns, ','), 'timestamp') AND event_time <> TIMESTAMPTZ '1970-01-01 00:00:00+00')
  OR (list_contains(string_split(repaired_columns, ','), 'amount') AND amount <> 0)
  OR NOT list_has_all(['timestamp', 'amount'], string_split(repaired_columns, ','));
