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

-- Each payment laid flat, once for all who read it: every further operator takes time for each column.
CREATE TEMPORARY VIEW flat_payment AS
SELECT
  payment_id,
  event_type,
  transaction_id,
  invoice_number,
  customer.phone_number AS customer_phone,
  phone_number,
  payment_type,
  payment_method,
  status,
  billing.currency AS currency,
  payment_amount AS paid_amount,
  billing.amount AS billed_amount,
  seasonal_multiplier,
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
FROM payment;
