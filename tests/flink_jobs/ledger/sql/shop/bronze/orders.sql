CREATE TEMPORARY VIEW bronze_orders AS SELECT kafka_partition, kafka_offset FROM orders;

CREATE TABLE IF NOT EXISTS shop.bronze.orders (
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
