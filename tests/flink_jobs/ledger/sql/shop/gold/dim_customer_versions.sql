CREATE TEMPORARY VIEW dim_customer_versions AS
SELECT MD5(customer) AS customer_sk, customer, city, kafka_partition, kafka_offset
FROM customers;

CREATE TABLE IF NOT EXISTS shop.gold.dim_customer_versions (
  customer_sk STRING,
  customer STRING,
  city STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
