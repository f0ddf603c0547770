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

-- Each call laid flat, once for all who read it: every further operator takes time for each column.
CREATE TEMPORARY VIEW flat_calls AS
SELECT
  call_id,
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
  call_type,
  billing.currency AS currency,
  call_duration_seconds,
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
FROM calls;
