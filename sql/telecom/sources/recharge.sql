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

-- Each recharge laid flat, once for all who read it: every further operator takes time for each column.
CREATE TEMPORARY VIEW flat_recharge AS
SELECT
  transaction_id,
  event_type,
  customer.name AS customer,
  phone_number,
  payment_method,
  currency,
  balance_before,
  balance_after,
  amount AS recharged_amount,
  `timestamp`,
  decode_error,
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  CAST(kafka_timestamp AS STRING) AS kafka_timestamp_text,
  kafka_date
FROM recharge;
