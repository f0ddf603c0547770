-- What repaired_columns of a message names holds its default, and nothing that is repaired is null.
SELECT kafka_partition, kafka_offset, repaired_columns, event_time, amount
FROM telecom.silver.sms
WHERE event_time IS NULL
  OR amount IS NULL
  OR (LIST_CONTAINS(STRING_SPLIT(repaired_columns, ','), 'timestamp') AND event_time <> TIMESTAMPTZ '1970-01-01 00:00:00+00')
  OR (LIST_CONTAINS(STRING_SPLIT(repaired_columns, ','), 'amount') AND amount <> 0)
  OR NOT LIST_HAS_ALL(['timestamp', 'amount'], STRING_SPLIT(repaired_columns, ','));
