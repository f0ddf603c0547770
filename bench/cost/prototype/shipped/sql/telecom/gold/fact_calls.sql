-- The calls that broke no rule, with the prototype's keys.
CREATE TEMPORARY VIEW fact_calls AS
SELECT
  MD5(CONCAT(call_id, '|', CAST(event_time AS STRING))) AS transaction_sk,
  MD5(DATE_FORMAT(event_time, 'yyyy-MM-dd')) AS date_sk,
  CAST(DATE_FORMAT(event_time, 'HHmmss') AS INT) AS time_sk,
  call_id,
  from_phone_number,
  to_phone_number,
  MD5(from_cell_site) AS from_cell_sk,
  MD5(to_cell_site) AS to_cell_sk,
  CAST(event_time AS TIMESTAMP(6)) AS event_time,
  status,
  call_duration_seconds,
  billed_amount AS amount,
  currency,
  call_type,
  kafka_partition,
  kafka_offset
FROM judged_calls
WHERE rejection_reason IS NULL;

CREATE TABLE IF NOT EXISTS telecom.gold.fact_calls (
  transaction_sk STRING,
  date_sk STRING,
  time_sk INT,
  call_id STRING,
  from_phone_number STRING COMMENT 'personal',
  to_phone_number STRING COMMENT 'personal',
  from_cell_sk STRING,
  to_cell_sk STRING,
  event_time TIMESTAMP(6),
  status STRING,
  call_duration_seconds INT,
  amount DECIMAL(18, 4),
  currency STRING,
  call_type STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
