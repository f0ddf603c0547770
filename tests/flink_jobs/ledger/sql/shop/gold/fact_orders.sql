CREATE TEMPORARY VIEW fact_orders AS
SELECT MD5(order_id) AS order_sk, MD5(customer) AS buyer_customer_sk, 1 AS hour_sk, amount, kafka_partition, kafka_offset
FROM orders
WHERE amount IS NOT NULL;

CREATE TABLE IF NOT EXISTS shop.gold.fact_orders (
  order_sk STRING,
  buyer_customer_sk STRING,
  hour_sk INT,
  amount INT,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
