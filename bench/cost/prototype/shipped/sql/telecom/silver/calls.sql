-- The prototype's one form of time, by the built-in functions that take least for it.
CREATE TEMPORARY VIEW timed_calls AS
SELECT
  *,
  CASE
    WHEN `timestamp` LIKE '____-__-__ __:__:__'
      THEN TIMESTAMPADD(
        SECOND,
        CAST(SUBSTRING(`timestamp`, 12, 2) AS INT) * 3600
          + CAST(SUBSTRING(`timestamp`, 15, 2) AS INT) * 60
          + CAST(SUBSTRING(`timestamp`, 18, 2) AS INT),
        CAST(TRY_CAST(SUBSTRING(`timestamp`, 1, 10) AS DATE) AS TIMESTAMP(3))
      )
  END AS event_time
FROM flat_calls;

-- The first of the prototype's rules that a call breaks.
CREATE TEMPORARY VIEW judged_calls AS
SELECT
  *,
  CASE
    WHEN call_id IS NULL OR call_id = '' THEN 'missing_call_id'
    WHEN from_phone_number IS NULL OR from_phone_number NOT LIKE '+%' THEN 'bad_from_phone'
    WHEN to_phone_number IS NULL OR to_phone_number NOT LIKE '+%' THEN 'bad_to_phone'
    WHEN call_duration_seconds IS NULL OR call_duration_seconds < 0 THEN 'bad_duration'
    WHEN billed_amount IS NULL OR billed_amount < 0 THEN 'bad_amount'
    WHEN status NOT IN ('completed', 'dropped', 'failed', 'busy') THEN 'bad_status'
  END AS rejection_reason
FROM timed_calls;

-- Every call, with the rule that it breaks if it does.
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
  from_tac,
  to_tac,
  CAST(event_time AS TIMESTAMP(6)) AS event_time,
  status,
  call_duration_seconds,
  billed_amount AS amount,
  currency,
  call_type,
  rejection_reason IS NOT NULL AS is_rejected,
  rejection_reason,
  kafka_partition,
  kafka_offset,
  kafka_timestamp
FROM judged_calls;

CREATE TABLE IF NOT EXISTS telecom.silver.calls (
  call_id STRING,
  event_type STRING,
  from_phone_number STRING COMMENT 'personal',
  to_phone_number STRING COMMENT 'personal',
  from_cell_site STRING,
  to_cell_site STRING,
  from_imei STRING COMMENT 'personal',
  to_imei STRING COMMENT 'personal',
  from_tac STRING,
  to_tac STRING,
  event_time TIMESTAMP(6),
  status STRING,
  call_duration_seconds INT,
  amount DECIMAL(18, 4),
  currency STRING,
  call_type STRING,
  is_rejected BOOLEAN,
  rejection_reason STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL
);
