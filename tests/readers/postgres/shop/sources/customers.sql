CREATE TEMPORARY TABLE customers (
  email STRING,
  city STRING,
  updated_at STRING
) WITH ('topic' = 'customers') LIKE kafka_defaults;
