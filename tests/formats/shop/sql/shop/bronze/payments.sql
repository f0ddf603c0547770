-- Every record, with what could be read of it.
CREATE TEMPORARY VIEW bronze_payments AS
SELECT
  payment_id,
  currency,
  amount,
  CAST(paid_at AS TIMESTAMP(6)) AS paid_at,
  kafka_value,
  decode_error,
  kafka_partition,
  kafka_offset
FROM payments;

CREATE TABLE IF NOT EXISTS shop.bronze.payments (
  payment_id STRING,
  currency STRING,
  amount DECIMAL(18, 4),
  paid_at TIMESTAMP(6),
  kafka_value BYTES,
  decode_error STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
