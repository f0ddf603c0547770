-- Text messages as the switches report them, keyed by the sender's number.
CREATE TEMPORARY TABLE sms (
  sms_id STRING,
  event_type STRING,
  `from` ROW<phone_number STRING, cell_site STRING, imei STRING>,
  `to` ROW<phone_number STRING, cell_site STRING, imei STRING>,
  `timestamp` STRING,
  status STRING,
  network ROW<jitter_ms INT, latency_ms INT, signal_strength_dbm INT>,
  billing ROW<amount DECIMAL(18, 4), currency STRING>
) WITH (
  'topic' = 'sms',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;
