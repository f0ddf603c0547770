-- The recharges that broke no rule, with the keys of the dimensions they point to.
CREATE TEMPORARY VIEW fact_recharge AS
SELECT
  transaction_sk,
  date_sk,
  user_sk,
  transaction_id,
  event_type,
  customer,
  phone_number,
  payment_method,
  currency,
  CAST(DATE_FORMAT(event_time, 'HHmmss') AS INT) AS time_sk,
  balance_before,
  balance_after,
  amount,
  event_time AS `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM counted_recharge
WHERE broken_rule IS NULL AND arrivals = 1;

CREATE TABLE IF NOT EXISTS telecom.gold.fact_recharge (
  transaction_sk STRING COMMENT 'surrogate key of transaction_id',
  date_sk STRING COMMENT 'dim_date, by the UTC day of timestamp',
  user_sk STRING COMMENT 'dim_user, by phone_number',
  transaction_id STRING,
  event_type STRING,
  customer STRING COMMENT 'the customer''s name; personal',
  phone_number STRING COMMENT 'E.164; personal',
  payment_method STRING,
  currency STRING COMMENT 'ISO 4217',
  time_sk INT COMMENT 'dim_time: hhmmss of timestamp, UTC',
  balance_before DECIMAL(18, 4),
  balance_after DECIMAL(18, 4),
  amount DECIMAL(18, 4) COMMENT '0 when absent',
  `timestamp` TIMESTAMP_LTZ(6) COMMENT 'when the recharge was made; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted recharge'
PARTITIONED BY (kafka_date);
