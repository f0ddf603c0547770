CREATE TEMPORARY TABLE orders (
  order_id STRING,
  customer STRING,
  amount INT
) WITH ('topic' = 'orders') LIKE kafka_defaults;
