-- Payments of bills as the billing system reports them, keyed by the number that is paid for.
CREATE TEMPORARY TABLE payment (
  payment_id STRING,
  event_type STRING,
  customer ROW<phone_number STRING>,
  phone_number STRING,
  payment_type STRING,
  payment_amount DECIMAL(18, 4),
  payment_method STRING,
  status STRING,
  transaction_id STRING,
  billing ROW<amount DECIMAL(18, 4), currency STRING>,
  invoice_number STRING,
  seasonal_multiplier DECIMAL(18, 4),
  `timestamp` STRING
) WITH (
  'topic' = 'payment',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;
