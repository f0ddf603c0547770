-- Each record as it came, and as text if it may be JSON: from_json would take bytes that are not UTF-8.
CREATE TEMPORARY VIEW calls AS
SELECT
  key AS kafka_key,
  value AS kafka_value,
  topic AS kafka_topic,
  partition AS kafka_partition,
  offset AS kafka_offset,
  timestamp AS kafka_timestamp,
  CAST(timestamp AS DATE) AS kafka_date,
  CASE WHEN octet_length(value) <= 1048576 AND is_valid_utf8(CAST(value AS STRING)) THEN CAST(value AS STRING) END AS json
FROM kafka;

-- A number in place of a text, or a text in place of an object: of the first from_json would make a text, for the second nothing of the
-- record. Without them the other fields can be read. The first pattern finds few records, quickly; the second what is wrong in these.
CREATE TEMPORARY VIEW sound_calls AS
SELECT
  *,
  CASE
    WHEN json RLIKE r'"\s*:\s*(?:[-0-9tf\[](?<!"(?:call_duration_seconds|amount)"\s{0,9}:\s{0,9}.)|"(?<="(?:from|to|billing)"\s{0,9}:\s{0,9}"))'
      THEN regexp_replace(
        json,
        r'"(?:call_id|event_type|phone_number|cell_site|imei|status|call_type|currency)"\s*:\s*(?:[-0-9.eE+]+|true|false|\[[^\]]*\]|\{[^}]*\})|"(?:from|to|billing)"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[-0-9.eE+]+|true|false|\[[^\]]*\])',
        '"":null'
      )
    ELSE json
  END AS sound_json
FROM calls;

-- Between brackets, since from_json does not look behind the object that it reads. Numbers are read as text, which they may be.
CREATE TEMPORARY VIEW parsed_calls AS
SELECT
  *,
  from_json(
    concat('[', sound_json, ']'),
    'ARRAY<STRUCT<
      call_id: STRING,
      event_type: STRING,
      `from`: STRUCT<phone_number: STRING, cell_site: STRING, imei: STRING>,
      `to`: STRUCT<phone_number: STRING, cell_site: STRING, imei: STRING>,
      `timestamp`: STRING,
      status: STRING,
      call_duration_seconds: STRING,
      call_type: STRING,
      billing: STRUCT<amount: STRING, currency: STRING>
    >>',
    map('allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false', 'maxNestingDepth', '1001')
  ) AS events,
  json_object_keys(json) AS names
FROM sound_calls;

-- Of a record that is not one object, or has a field twice, nothing is read.
CREATE TEMPORARY VIEW typed_calls AS
SELECT
  *,
  CASE WHEN size(events) = 1 AND size(array_distinct(names)) = size(names) THEN events[0] END AS event
FROM parsed_calls;

CREATE TEMPORARY VIEW decoded_calls AS
SELECT
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date,
  event.call_id,
  event.event_type,
  event.`from`.phone_number AS from_phone_number,
  event.`to`.phone_number AS to_phone_number,
  event.`from`.cell_site AS from_cell_site,
  event.`to`.cell_site AS to_cell_site,
  event.`from`.imei AS from_imei,
  event.`to`.imei AS to_imei,
  event.status,
  event.call_type,
  event.billing.currency,
  event.`timestamp` AS timestamp_text,
  try_cast(event.call_duration_seconds AS INT) AS call_duration_seconds,
  try_cast(event.billing.amount AS DECIMAL(18, 4)) AS billed_amount,
  CASE
    WHEN event IS NULL THEN 'malformed_record: the record is not one JSON object'
    WHEN sound_json <> json THEN 'wrong_type: a text or an object is of another type'
    WHEN event.call_duration_seconds IS NOT NULL AND try_cast(event.call_duration_seconds AS INT) IS NULL
      THEN concat('wrong_type: call_duration_seconds should be INT but is ', event.call_duration_seconds)
    WHEN event.billing.amount IS NOT NULL AND try_cast(event.billing.amount AS DECIMAL(18, 4)) IS NULL
      THEN concat('wrong_type: billing.amount should be DECIMAL(18, 4) but is ', event.billing.amount)
  END AS decode_error
FROM typed_calls;
