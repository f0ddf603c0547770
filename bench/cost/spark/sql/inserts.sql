INSERT INTO lake.bronze.calls
SELECT
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM batch;

INSERT INTO lake.silver.calls
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
  substring_index(verdict, ':', 1) AS rejection_reason,
  substring(verdict, position(': ' IN verdict) + 2) AS rejection_detail,
  repaired_columns,
  call_duration_seconds,
  amount,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM batch;

INSERT INTO lake.gold.fact_calls
SELECT
  transaction_sk,
  date_sk,
  from_user_sk,
  to_user_sk,
  from_cell_sk,
  to_cell_sk,
  from_device_sk,
  to_device_sk,
  call_id,
  event_type,
  from_phone_number,
  to_phone_number,
  from_cell_site,
  to_cell_site,
  from_imei,
  to_imei,
  substring(from_imei, 1, 8) AS from_tac,
  substring(to_imei, 1, 8) AS to_tac,
  status,
  call_type,
  currency,
  CAST(date_format(event_time, 'HHmmss') AS INT) AS time_sk,
  call_duration_seconds,
  amount,
  event_time AS `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM batch
WHERE verdict IS NULL;
