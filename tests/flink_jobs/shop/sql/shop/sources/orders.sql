-- What customers order, as the till reports it.
CREATE TEMPORARY TABLE orders (
  order_id STRING,
  customer STRING,
  items INT,
  price DECIMAL(9, 2)
) WITH (
  'topic' = 'orders'
) LIKE kafka_defaults;
