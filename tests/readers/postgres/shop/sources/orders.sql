CREATE TEMPORARY TABLE orders (
  order_id STRING,
  email STRING,
  amount DECIMAL(9, 2)
) WITH ('topic' = 'orders') LIKE kafka_defaults;
