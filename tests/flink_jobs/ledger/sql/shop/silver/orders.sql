CREATE TEMPORARY VIEW silver_orders AS
SELECT CASE WHEN amount IS NULL THEN 'no_amount' END AS rejection_reason, amount IS NULL AS is_rejected, kafka_partition, kafka_offset
FROM orders;

CREATE TABLE IF NOT EXISTS shop.silver.orders (
  rejection_reason STRING,
  is_rejected BOOLEAN,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
