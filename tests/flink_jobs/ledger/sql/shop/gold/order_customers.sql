-- The customers of each order: neither a fact nor a dimension.
CREATE TEMPORARY VIEW order_customers AS
SELECT customer, MD5(customer) AS customer_sk, kafka_partition, kafka_offset
FROM orders;

CREATE TABLE IF NOT EXISTS shop.gold.order_customers (
  customer STRING,
  customer_sk STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
