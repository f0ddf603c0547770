-- What repaired_columns of a support request names holds its default, and nothing that is repaired is null.
SELECT kafka_partition, kafka_offset, repaired_columns, event_time
FROM telecom.silver.support
WHERE event_time IS NULL
  OR (list_contains(string_split(repaired_columns, ','), 'timestamp') AND event_time <> TIMESTAMPTZ '1970-01-01 00:00:00+00')
  OR NOT list_has_all(['timestamp'], string_split(repaired_columns, ','));
