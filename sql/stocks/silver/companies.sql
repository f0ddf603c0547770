-- What each record says: a tombstone deletes the company that its key names, from its Kafka time on.
CREATE TEMPORARY VIEW company_records AS
SELECT
  CASE WHEN kafka_value IS NULL THEN DECODE(kafka_key, 'UTF-8') ELSE symbol END AS symbol,
  asset_type,
  name,
  sector,
  industry,
  description,
  CASE WHEN kafka_value IS NULL THEN CAST(kafka_timestamp AS STRING) ELSE updated_at END AS updated_at,
  CASE WHEN kafka_value IS NOT NULL THEN decode_error END AS decode_error,
  kafka_value IS NULL AS is_deleted,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM companies;

-- One crossing into Python judges and dates each record.
CREATE TEMPORARY VIEW judged_companies AS
SELECT
  *,
  judge_company(decode_error, symbol, updated_at, CAST(kafka_timestamp AS STRING)) AS verdict,
  CAST(event_time(updated_at) AS TIMESTAMP_LTZ(6)) AS event_time
FROM company_records;

-- Every record, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_companies AS
SELECT
  symbol,
  asset_type,
  name,
  sector,
  industry,
  description,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  verdict IS NOT NULL AS is_rejected,
  is_deleted,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_companies;

CREATE TABLE IF NOT EXISTS stocks.silver.companies (
  symbol STRING,
  asset_type STRING COMMENT 'such as Common Stock or ETF',
  name STRING,
  sector STRING,
  industry STRING,
  description STRING,
  rejection_reason STRING COMMENT 'code of the first rule that the record breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value',
  is_rejected BOOLEAN,
  is_deleted BOOLEAN COMMENT 'whether the record is a tombstone, of which only the key says anything',
  event_time TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a tombstone its kafka_timestamp; null when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic companies, the rejected ones too'
PARTITIONED BY (kafka_date);
