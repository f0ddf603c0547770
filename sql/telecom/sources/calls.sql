-- Phone calls as the switches report them, keyed by the caller's number.
CREATE TEMPORARY TABLE calls (
  call_id STRING,
  event_type STRING,
  `from` ROW<phone_number STRING, cell_site STRING, imei STRING>,
  `to` ROW<phone_number STRING, cell_site STRING, imei STRING>,
  `timestamp` STRING,
  status STRING,
  call_duration_seconds INT,
  call_type STRING,
  billing ROW<amount DECIMAL(18, 4), currency STRING>
) WITH (
  'topic' = 'calls',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;
