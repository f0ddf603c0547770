-- Each order with what its price means.
CREATE TEMPORARY VIEW silver_orders AS
SELECT
  order_id,
  rate(price) AS rating,
  COALESCE(items, 0) AS items,
  price,
  kafka_partition,
  kafka_offset
FROM orders;

CREATE TABLE IF NOT EXISTS shop.silver.orders (
  order_id STRING,
  rating STRING,
  items INT NOT NULL,
  price DECIMAL(9, 2),
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
