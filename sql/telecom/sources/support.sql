-- Customers' contacts with support, keyed by the number that they are about.
CREATE TEMPORARY TABLE support (
  support_id STRING,
  event_type STRING,
  customer ROW<phone_number STRING>,
  phone_number STRING,
  channel STRING,
  reason STRING,
  wait_time_seconds INT,
  resolution_time_seconds INT,
  agent_id STRING,
  satisfaction_score INT,
  first_call_resolution BOOLEAN,
  escalated BOOLEAN,
  call_back_requested BOOLEAN,
  `timestamp` STRING
) WITH (
  'topic' = 'support',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;

-- Each contact laid flat, once for all who read it: every further operator takes time for each column.
CREATE TEMPORARY VIEW flat_support AS
SELECT
  support_id,
  event_type,
  agent_id,
  customer.phone_number AS customer_phone,
  phone_number,
  channel,
  reason,
  wait_time_seconds,
  resolution_time_seconds,
  satisfaction_score,
  first_call_resolution,
  escalated,
  call_back_requested,
  `timestamp`,
  decode_error,
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  CAST(kafka_timestamp AS STRING) AS kafka_timestamp_text,
  kafka_date
FROM support;
