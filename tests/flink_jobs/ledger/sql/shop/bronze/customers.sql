CREATE TEMPORARY VIEW bronze_customers AS SELECT kafka_partition, kafka_offset FROM customers;

CREATE TABLE IF NOT EXISTS shop.bronze.customers (
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
