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

-- Each message laid flat, once for all who read it: every further operator takes time for each column.
CREATE TEMPORARY VIEW flat_sms AS
SELECT
  sms_id,
  event_type,
  `from`.phone_number AS from_phone_number,
  `to`.phone_number AS to_phone_number,
  `from`.cell_site AS from_cell_site,
  `to`.cell_site AS to_cell_site,
  `from`.imei AS from_imei,
  `to`.imei AS to_imei,
  SUBSTRING(`from`.imei, 1, 8) AS from_tac,
  SUBSTRING(`to`.imei, 1, 8) AS to_tac,
  status,
  billing.currency AS currency,
  network.jitter_ms AS jitter_ms,
  network.latency_ms AS latency_ms,
  network.signal_strength_dbm AS signal_strength_dbm,
  billing.amount AS billed_amount,
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
FROM sms;
