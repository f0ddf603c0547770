-- The payments that broke no rule, with the keys of the dimensions they point to.
CREATE TEMPORARY VIEW fact_payment AS
SELECT
  transaction_sk,
  date_sk,
  user_sk,
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
  CAST(DATE_FORMAT(event_time, 'HHmmss') AS INT) AS time_sk,
  payment_amount,
  amount,
  seasonal_multiplier,
  event_time AS `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM counted_payment
WHERE broken_rule IS NULL AND arrivals = 1;

CREATE TABLE IF NOT EXISTS telecom.gold.fact_payment (
  transaction_sk STRING COMMENT 'surrogate key of payment_id',
  date_sk STRING COMMENT 'dim_date, by the UTC day of timestamp',
  user_sk STRING COMMENT 'dim_user, by phone_number',
  payment_id STRING,
  event_type STRING,
  transaction_id STRING,
  invoice_number STRING COMMENT 'may end with digits of the phone number; personal',
  customer_phone STRING COMMENT 'E.164; personal',
  phone_number STRING COMMENT 'E.164; personal',
  payment_type STRING,
  payment_method STRING,
  status STRING,
  currency STRING COMMENT 'ISO 4217',
  time_sk INT COMMENT 'dim_time: hhmmss of timestamp, UTC',
  payment_amount DECIMAL(18, 4) COMMENT 'what was paid; 0 when absent',
  amount DECIMAL(18, 4) COMMENT 'what was billed; 0 when absent',
  seasonal_multiplier DECIMAL(18, 4),
  `timestamp` TIMESTAMP_LTZ(6) COMMENT 'when the payment was made; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted payment'
PARTITIONED BY (kafka_date);
