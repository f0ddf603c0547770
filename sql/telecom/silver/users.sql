-- What each record says: a tombstone deletes the user that its key names, from its Kafka time on.
CREATE TEMPORARY VIEW user_records AS
SELECT
  CASE WHEN kafka_value IS NULL THEN DECODE(kafka_key, 'UTF-8') ELSE phone_number END AS phone_number,
  user_id,
  name,
  first_name,
  last_name,
  email,
  sex,
  address,
  city,
  plan,
  registered_on AS registered_on_text,
  CASE WHEN kafka_value IS NULL THEN CAST(kafka_timestamp AS STRING) ELSE updated_at END AS updated_at,
  CASE WHEN kafka_value IS NOT NULL THEN decode_error END AS decode_error,
  kafka_value IS NULL AS is_deleted,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM users;

-- One crossing into Python judges, dates and keys each record.
CREATE TEMPORARY VIEW judged_users AS
SELECT
  *,
  judge_user(decode_error, phone_number, registered_on_text, updated_at, CAST(kafka_timestamp AS STRING)) AS verdict,
  surrogate_key('user', phone_number) AS user_sk,
  iso_date(registered_on_text) AS registered_on,
  CAST(event_time(updated_at) AS TIMESTAMP_LTZ(6)) AS event_time
FROM user_records;

-- Every record, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_users AS
SELECT
  phone_number,
  user_id,
  name,
  first_name,
  last_name,
  email,
  sex,
  address,
  city,
  plan,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  CAST(NULL AS STRING) AS repaired_columns,
  verdict IS NOT NULL AS is_rejected,
  is_deleted,
  registered_on,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_users;

CREATE TABLE IF NOT EXISTS telecom.silver.users (
  phone_number STRING COMMENT 'E.164 when accepted; personal',
  user_id STRING COMMENT 'personal',
  name STRING COMMENT 'personal',
  first_name STRING COMMENT 'personal',
  last_name STRING COMMENT 'personal',
  email STRING COMMENT 'personal',
  sex STRING,
  address STRING COMMENT 'personal',
  city STRING,
  plan STRING,
  rejection_reason STRING COMMENT 'code of the first rule that the record breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value; personal',
  repaired_columns STRING COMMENT 'null: no default stands in for what a member lacks',
  is_rejected BOOLEAN,
  is_deleted BOOLEAN COMMENT 'whether the record is a tombstone, of which only the key says anything',
  registered_on DATE COMMENT 'null when absent or unreadable',
  event_time TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a tombstone its kafka_timestamp; null when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic users, the rejected ones too'
PARTITIONED BY (kafka_date);
