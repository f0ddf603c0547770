-- One crossing into Python judges, dates and keys each payment.
CREATE TEMPORARY VIEW judged_payment AS
SELECT
  payment_id,
  event_type,
  transaction_id,
  invoice_number,
  customer_phone,
  phone_number,
  payment_type,
  payment_method,
  status,
  currency,
  judge_payment(
    decode_error,
    payment_id,
    customer_phone,
    phone_number,
    status,
    payment_method,
    currency,
    paid_amount,
    billed_amount,
    `timestamp`,
    kafka_timestamp_text
  ) AS broken_rule,
  surrogate_key('payment', payment_id) AS transaction_sk,
  surrogate_key('date', event_date(`timestamp`)) AS date_sk,
  surrogate_key('user', phone_number) AS user_sk,
  paid_amount,
  billed_amount,
  seasonal_multiplier,
  event_time(`timestamp`) AS readable_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM flat_payment;

-- Defaults stand in for an unreadable timestamp and absent amounts, and are named.
CREATE TEMPORARY VIEW repaired_payment AS
SELECT
  *,
  COALESCE(paid_amount, 0) AS payment_amount,
  COALESCE(billed_amount, 0) AS amount,
  CAST(COALESCE(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS TIMESTAMP_LTZ(6)) AS event_time,
  NULLIF(
    CONCAT_WS(
      ',',
      CASE WHEN readable_time IS NULL THEN 'timestamp' END,
      CASE WHEN billed_amount IS NULL THEN 'amount' END,
      CASE WHEN paid_amount IS NULL THEN 'payment_amount' END
    ),
    ''
  ) AS repaired_columns,
  CASE WHEN broken_rule IS NULL THEN transaction_sk END AS counted_sk,
  PROCTIME() AS arrived_at
FROM judged_payment;

-- How often one that breaks no rule has come, as long as the job remembers; the others share one count, so that they take no room.
CREATE TEMPORARY VIEW counted_payment AS
SELECT
  *,
  COUNT(*) OVER (PARTITION BY counted_sk ORDER BY arrived_at) AS arrivals
FROM repaired_payment;

-- A repeat is rejected too, by the last rule.
CREATE TEMPORARY VIEW concluded_payment AS
SELECT
  *,
  COALESCE(broken_rule, CASE WHEN arrivals > 1 THEN 'duplicate: a payment with this payment_id was accepted before' END) AS verdict
FROM counted_payment;

-- Every payment, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_payment AS
SELECT
  payment_id,
  event_type,
  transaction_id,
  invoice_number,
  customer_phone,
  phone_number,
  payment_type,
  payment_method,
  status,
  currency,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  repaired_columns,
  payment_amount,
  amount,
  seasonal_multiplier,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM concluded_payment;

CREATE TABLE IF NOT EXISTS telecom.silver.payment (
  payment_id STRING,
  event_type STRING,
  transaction_id STRING,
  invoice_number STRING COMMENT 'may end with digits of the phone number; personal',
  customer_phone STRING COMMENT 'E.164 when accepted; personal',
  phone_number STRING COMMENT 'E.164 when accepted; personal',
  payment_type STRING,
  payment_method STRING,
  status STRING,
  currency STRING COMMENT 'ISO 4217 when accepted',
  rejection_reason STRING COMMENT 'code of the first rule that the event breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value; personal',
  repaired_columns STRING COMMENT 'which of timestamp, amount, payment_amount a default stands in for, comma-separated; null when none',
  payment_amount DECIMAL(18, 4) COMMENT 'what was paid; 0 when absent or unreadable',
  amount DECIMAL(18, 4) COMMENT 'what was billed; 0 when absent or unreadable',
  seasonal_multiplier DECIMAL(18, 4),
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6) COMMENT 'when the payment was made; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic payment, the rejected ones too'
PARTITIONED BY (kafka_date);
