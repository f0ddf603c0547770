-- The contacts that broke no rule, with the keys of the dimensions they point to.
CREATE TEMPORARY VIEW fact_support AS
SELECT
  transaction_sk,
  date_sk,
  user_sk,
  agent_sk,
  support_id,
  event_type,
  agent_id,
  customer_phone,
  phone_number,
  channel,
  reason,
  CAST(DATE_FORMAT(event_time, 'HHmmss') AS INT) AS time_sk,
  wait_time_seconds,
  resolution_time_seconds,
  satisfaction_score,
  first_call_resolution,
  escalated,
  call_back_requested,
  event_time AS `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM counted_support
WHERE broken_rule IS NULL AND arrivals = 1;

CREATE TABLE IF NOT EXISTS telecom.gold.fact_support (
  transaction_sk STRING COMMENT 'surrogate key of support_id',
  date_sk STRING COMMENT 'dim_date, by the UTC day of timestamp',
  user_sk STRING COMMENT 'dim_user, by phone_number',
  agent_sk STRING COMMENT 'dim_agent, by agent_id; null when nobody took the contact',
  support_id STRING,
  event_type STRING,
  agent_id STRING COMMENT 'personal',
  customer_phone STRING COMMENT 'E.164; personal',
  phone_number STRING COMMENT 'E.164; personal',
  channel STRING,
  reason STRING,
  time_sk INT COMMENT 'dim_time: hhmmss of timestamp, UTC',
  wait_time_seconds INT,
  resolution_time_seconds INT,
  satisfaction_score INT COMMENT '1 to 5; null when nobody was asked',
  first_call_resolution BOOLEAN,
  escalated BOOLEAN,
  call_back_requested BOOLEAN,
  `timestamp` TIMESTAMP_LTZ(6) COMMENT 'when the contact began; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted contact'
PARTITIONED BY (kafka_date);
