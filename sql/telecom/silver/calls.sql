-- One crossing into Python judges, dates and keys each call.
CREATE TEMPORARY VIEW judged_calls AS
SELECT
  call_id,
  event_type,
  from_phone_number,
  to_phone_number,
  from_cell_site,
  to_cell_site,
  from_imei,
  to_imei,
  status,
  call_type,
  currency,
  judge_call(
    decode_error,
    call_id,
    from_phone_number,
    to_phone_number,
    from_cell_site,
    to_cell_site,
    from_imei,
    to_imei,
    status,
    call_type,
    currency,
    call_duration_seconds,
    billed_amount,
    `timestamp`,
    kafka_timestamp_text
  ) AS broken_rule,
  surrogate_key('call', call_id) AS transaction_sk,
  surrogate_key('date', event_date(`timestamp`)) AS date_sk,
  surrogate_key('user', from_phone_number) AS from_user_sk,
  surrogate_key('user', to_phone_number) AS to_user_sk,
  surrogate_key('cell_site', from_cell_site) AS from_cell_sk,
  surrogate_key('cell_site', to_cell_site) AS to_cell_sk,
  surrogate_key('device', from_tac) AS from_device_sk,
  surrogate_key('device', to_tac) AS to_device_sk,
  call_duration_seconds,
  billed_amount,
  event_time(`timestamp`) AS readable_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM flat_calls;

-- Defaults stand in for an unreadable timestamp and an absent amount, and are named.
CREATE TEMPORARY VIEW repaired_calls AS
SELECT
  *,
  COALESCE(billed_amount, 0) AS amount,
  CAST(COALESCE(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS TIMESTAMP_LTZ(6)) AS event_time,
  NULLIF(
    CONCAT_WS(
      ',',
      CASE WHEN readable_time IS NULL THEN 'timestamp' END,
      CASE WHEN billed_amount IS NULL THEN 'amount' END
    ),
    ''
  ) AS repaired_columns,
  CASE WHEN broken_rule IS NULL THEN transaction_sk END AS counted_sk,
  PROCTIME() AS arrived_at
FROM judged_calls;

-- How often one that breaks no rule has come, as long as the job remembers; the others share one count, so that they take no room.
CREATE TEMPORARY VIEW counted_calls AS
SELECT
  *,
  COUNT(*) OVER (PARTITION BY counted_sk ORDER BY arrived_at) AS arrivals
FROM repaired_calls;

-- A repeat is rejected too, by the last rule.
CREATE TEMPORARY VIEW concluded_calls AS
SELECT
  *,
  COALESCE(broken_rule, CASE WHEN arrivals > 1 THEN 'duplicate: a call with this call_id was accepted before' END) AS verdict
FROM counted_calls;

-- Every call, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_calls AS
SELECT
  call_id,
  event_type,
  from_phone_number,
  to_phone_number,
  from_cell_site,
  to_cell_site,
  from_imei,
  to_imei,
  status,
  call_type,
  currency,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  repaired_columns,
  call_duration_seconds,
  amount,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM concluded_calls;

CREATE TABLE IF NOT EXISTS telecom.silver.calls (
  call_id STRING,
  event_type STRING,
  from_phone_number STRING COMMENT 'E.164 when accepted; personal',
  to_phone_number STRING COMMENT 'E.164 when accepted; personal',
  from_cell_site STRING,
  to_cell_site STRING,
  from_imei STRING COMMENT 'personal',
  to_imei STRING COMMENT 'personal',
  status STRING,
  call_type STRING,
  currency STRING COMMENT 'ISO 4217 when accepted',
  rejection_reason STRING COMMENT 'code of the first rule that the event breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value; personal',
  repaired_columns STRING COMMENT 'timestamp, amount or both, comma-separated, where a default stands in; null when none',
  call_duration_seconds INT,
  amount DECIMAL(18, 4) COMMENT '0 when absent or unreadable',
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6) COMMENT 'when the call began; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic calls, the rejected ones too'
PARTITIONED BY (kafka_date);
