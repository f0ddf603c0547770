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
