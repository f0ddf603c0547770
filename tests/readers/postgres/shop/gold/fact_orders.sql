CREATE TEMPORARY VIEW fact_orders AS
SELECT order_id AS order_sk, email AS customer_sk, email, 'note' AS note, 1 AS hour_sk, 1 AS pieces, amount, kafka_timestamp AS ordered_at,
  kafka_partition, kafka_offset, kafka_timestamp, kafka_date
FROM orders;

CREATE TABLE IF NOT EXISTS shop.gold.fact_orders (
  order_sk STRING COMMENT 'surrogate key of the order',
  customer_sk STRING COMMENT 'dim_customer, by email',
  email STRING COMMENT 'of the buyer; personal',
  note STRING,
  hour_sk INT COMMENT 'dim_hour',
  pieces INT,
  amount DECIMAL(9, 2),
  ordered_at TIMESTAMP_LTZ(6),
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
) COMMENT 'One row for each order; it''s a fact'
PARTITIONED BY (kafka_date);
