CREATE TEMPORARY VIEW dim_customer_versions AS
SELECT email AS customer_sk, email, city, kafka_timestamp AS valid_from, kafka_partition, kafka_offset, kafka_timestamp, kafka_date
FROM customers;

CREATE TABLE IF NOT EXISTS shop.gold.dim_customer_versions (
  customer_sk STRING COMMENT 'surrogate key of email',
  email STRING COMMENT 'of the customer; personal',
  city STRING COMMENT 'where the customer lives',
  valid_from TIMESTAMP_LTZ(6),
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
) COMMENT 'One row for each record of the topic customers';
