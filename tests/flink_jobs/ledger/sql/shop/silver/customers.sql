CREATE TEMPORARY VIEW silver_customers AS
SELECT customer, city, kafka_partition, kafka_offset
FROM customers;

CREATE TABLE IF NOT EXISTS shop.silver.customers (
  customer STRING,
  city STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
