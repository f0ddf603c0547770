-- One crossing into Python judges, dates and keys each contact.
CREATE TEMPORARY VIEW judged_support AS
SELECT
  support_id,
  event_type,
  agent_id,
  customer_phone,
  phone_number,
  channel,
  reason,
  judge_support(
    decode_error,
    support_id,
    customer_phone,
    phone_number,
    channel,
    resolution_time_seconds,
    wait_time_seconds,
    satisfaction_score,
    `timestamp`,
    kafka_timestamp_text
  ) AS broken_rule,
  surrogate_key('support', support_id) AS transaction_sk,
  surrogate_key('date', event_date(`timestamp`)) AS date_sk,
  surrogate_key('user', phone_number) AS user_sk,
  surrogate_key('agent', agent_id) AS agent_sk,
  wait_time_seconds,
  resolution_time_seconds,
  satisfaction_score,
  first_call_resolution,
  escalated,
  call_back_requested,
  event_time(`timestamp`) AS readable_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM flat_support;

-- A default stands in for an unreadable timestamp, and is named.
CREATE TEMPORARY VIEW repaired_support AS
SELECT
  *,
  CAST(COALESCE(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS TIMESTAMP_LTZ(6)) AS event_time,
  CASE WHEN readable_time IS NULL THEN 'timestamp' END AS repaired_columns,
  CASE WHEN broken_rule IS NULL THEN transaction_sk END AS counted_sk,
  PROCTIME() AS arrived_at
FROM judged_support;

-- How often one that breaks no rule has come, as long as the job remembers; the others share one count, so that they take no room.
CREATE TEMPORARY VIEW counted_support AS
SELECT
  *,
  COUNT(*) OVER (PARTITION BY counted_sk ORDER BY arrived_at) AS arrivals
FROM repaired_support;

-- A repeat is rejected too, by the last rule.
CREATE TEMPORARY VIEW concluded_support AS
SELECT
  *,
  COALESCE(broken_rule, CASE WHEN arrivals > 1 THEN 'duplicate: a contact with this support_id was accepted before' END) AS verdict
FROM counted_support;

-- Every contact, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_support AS
SELECT
  support_id,
  event_type,
  agent_id,
  customer_phone,
  phone_number,
  channel,
  reason,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  repaired_columns,
  wait_time_seconds,
  resolution_time_seconds,
  satisfaction_score,
  first_call_resolution,
  escalated,
  call_back_requested,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM concluded_support;

CREATE TABLE IF NOT EXISTS telecom.silver.support (
  support_id STRING,
  event_type STRING,
  agent_id STRING COMMENT 'personal',
  customer_phone STRING COMMENT 'E.164 when accepted; personal',
  phone_number STRING COMMENT 'E.164 when accepted; personal',
  channel STRING,
  reason STRING,
  rejection_reason STRING COMMENT 'code of the first rule that the event breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value; personal',
  repaired_columns STRING COMMENT 'timestamp where a default stands in for it; null when none',
  wait_time_seconds INT,
  resolution_time_seconds INT,
  satisfaction_score INT COMMENT '1 to 5 when accepted; null when nobody was asked',
  first_call_resolution BOOLEAN,
  escalated BOOLEAN,
  call_back_requested BOOLEAN,
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6) COMMENT 'when the contact began; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic support, the rejected ones too'
PARTITIONED BY (kafka_date);
