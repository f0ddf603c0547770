-- What repaired_columns of a payment names holds its default, and nothing that is repaired is null.
SELECT kafka_partition, kafka_offset, repaired_columns, event_time, amount, payment_amount
FROM telecom.silver.payment
WHERE event_time IS NULL
  OR amount IS NULL
  OR payment_amount IS NULL
  OR (list_contains(string_split(repaired_columns, ','), 'timestamp') AND event_time <> TIMESTAMPTZ '1970-01-01 00:00:00+00')
  OR (list_contains(string_split(repaired_columns, ','), 'amount') AND amount <> 0)
  OR (list_contains(string_split(repaired_columns, ','), 'payment_amount') AND payment_amount <> 0)
  OR NOT list_has_all(['timestamp', 'amount', 'payment_amount'], string_split(repaired_columns, ','));
