-- What repaired_columns of a contact names holds its default, and nothing that is repaired is null.
SELECT kafka_partition, kafka_offset, repaired_columns, event_time
FROM telecom.silver.support
WHERE event_time IS NULL
  OR (LIST_CONTAINS(STRING_SPLIT(repaired_columns, ','), 'timestamp') AND event_time <> TIMESTAMPTZ '1970-01-01 00:00:00+00')
  OR NOT LIST_HAS_ALL(['timestamp'], STRING_SPLIT(repaired_columns, ','));
