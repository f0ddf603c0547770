-- Recharges of prepaid balances, keyed by the number that is recharged.
CREATE TEMPORARY TABLE recharge (
  transaction_id STRING,
  event_type STRING,
  customer ROW<name STRING>,
  phone_number STRING,
  balance_before DECIMAL(18, 4),
  balance_after DECIMAL(18, 4),
  amount DECIMAL(18, 4),
  currency STRING,
  payment_method STRING,
  `timestamp` STRING
) WITH (
  'topic' = 'recharge',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;
