-- Each order as it came.
CREATE TEMPORARY VIEW bronze_orders AS
SELECT order_id, customer, items, price, kafka_partition, kafka_offset FROM orders;

CREATE TABLE IF NOT EXISTS shop.bronze.orders (
  order_id STRING,
  customer STRING,
  items INT,
  price DECIMAL(9, 2),
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
