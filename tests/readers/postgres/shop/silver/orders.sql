CREATE TEMPORARY VIEW silver_orders AS
SELECT order_id, email, amount IS NULL AS is_rejected, kafka_partition, kafka_offset, kafka_timestamp, kafka_date
FROM orders;

CREATE TABLE IF NOT EXISTS shop.silver.orders (
  order_id STRING,
  email STRING COMMENT 'of the buyer; personal',
  is_rejected BOOLEAN,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
);
