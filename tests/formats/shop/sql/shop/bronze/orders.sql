-- Every record, with what could be read of it.
CREATE TEMPORARY VIEW bronze_orders AS
SELECT
  order_id,
  customer,
  tags,
  amount,
  ordered_at,
  kafka_value,
  decode_error,
  kafka_partition,
  kafka_offset
FROM orders;

CREATE TABLE IF NOT EXISTS shop.bronze.orders (
  order_id STRING,
  customer ROW<name STRING, city STRING>,
  tags ARRAY<STRING>,
  amount DECIMAL(18, 4),
  ordered_at STRING,
  kafka_value BYTES,
  decode_error STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
