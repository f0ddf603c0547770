CREATE TEMPORARY VIEW order_customers AS
SELECT email AS customer_sk, email, kafka_partition, kafka_offset, kafka_timestamp, kafka_date FROM orders;

CREATE TABLE IF NOT EXISTS shop.gold.order_customers (
  customer_sk STRING COMMENT 'surrogate key of email',
  email STRING COMMENT 'of the buyer; personal',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
);
