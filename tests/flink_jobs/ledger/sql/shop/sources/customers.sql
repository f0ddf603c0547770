CREATE TEMPORARY TABLE customers (
  customer STRING,
  city STRING
) WITH ('topic' = 'customers') LIKE kafka_defaults;
