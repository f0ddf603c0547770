-- One crossing into Python judges, dates and keys each recharge.
CREATE TEMPORARY VIEW judged_recharge AS
SELECT
  transaction_id,
  event_type,
  customer,
  phone_number,
  payment_method,
  currency,
  judge_recharge(
    decode_error,
    transaction_id,
    phone_number,
    payment_method,
    currency,
    balance_before,
    balance_after,
    recharged_amount,
    `timestamp`,
    kafka_timestamp_text
  ) AS broken_rule,
  surrogate_key('recharge', transaction_id) AS transaction_sk,
  surrogate_key('date', event_date(`timestamp`)) AS date_sk,
  surrogate_key('user', phone_number) AS user_sk,
  balance_before,
  balance_after,
  recharged_amount,
  event_time(`timestamp`) AS readable_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM flat_recharge;

-- Defaults stand in for an unreadable timestamp and an absent amount, and are named.
CREATE TEMPORARY VIEW repaired_recharge AS
SELECT
  *,
  COALESCE(recharged_amount, 0) AS amount,
  CAST(COALESCE(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS TIMESTAMP_LTZ(6)) AS event_time,
  NULLIF(
    CONCAT_WS(
      ',',
      CASE WHEN readable_time IS NULL THEN 'timestamp' END,
      CASE WHEN recharged_amount IS NULL THEN 'amount' END
    ),
    ''
  ) AS repaired_columns,
  CASE WHEN broken_rule IS NULL THEN transaction_sk END AS counted_sk,
  PROCTIME() AS arrived_at
FROM judged_recharge;

-- How often one that breaks no rule has come, as long as the job remembers; the others share one count, so that they take no room.
CREATE TEMPORARY VIEW counted_recharge AS
SELECT
  *,
  COUNT(*) OVER (PARTITION BY counted_sk ORDER BY arrived_at) AS arrivals
FROM repaired_recharge;

-- A repeat is rejected too, by the last rule.
CREATE TEMPORARY VIEW concluded_recharge AS
SELECT
  *,
  COALESCE(broken_rule, CASE WHEN arrivals > 1 THEN 'duplicate: a recharge with this transaction_id was accepted before' END) AS verdict
FROM counted_recharge;

-- Every recharge, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_recharge AS
SELECT
  transaction_id,
  event_type,
  customer,
  phone_number,
  payment_method,
  currency,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  repaired_columns,
  balance_before,
  balance_after,
  amount,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM concluded_recharge;

CREATE TABLE IF NOT EXISTS telecom.silver.recharge (
  transaction_id STRING,
  event_type STRING,
  customer STRING COMMENT 'the customer''s name; personal',
  phone_number STRING COMMENT 'E.164 when accepted; personal',
  payment_method STRING,
  currency STRING COMMENT 'ISO 4217 when accepted',
  rejection_reason STRING COMMENT 'code of the first rule that the event breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value; personal',
  repaired_columns STRING COMMENT 'timestamp, amount or both, comma-separated, where a default stands in; null when none',
  balance_before DECIMAL(18, 4),
  balance_after DECIMAL(18, 4),
  amount DECIMAL(18, 4) COMMENT '0 when absent or unreadable',
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6) COMMENT 'when the recharge was made; 1970-01-01 00:00:00 UTC when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic recharge, the rejected ones too'
PARTITIONED BY (kafka_date);
