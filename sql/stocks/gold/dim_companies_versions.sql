-- Each company as it was from some time on; readers see these in order, in whatever order they came.
CREATE TEMPORARY VIEW dim_companies_versions AS
SELECT
  symbol,
  asset_type,
  name,
  sector,
  industry,
  description,
  is_deleted,
  event_time AS valid_from,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_companies
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS stocks.gold.dim_companies_versions (
  symbol STRING COMMENT 'the key; facts call it company_id',
  asset_type STRING COMMENT 'such as Common Stock or ETF',
  name STRING,
  sector STRING,
  industry STRING,
  description STRING,
  is_deleted BOOLEAN COMMENT 'whether there is no such company from then on; all else but the key is null',
  valid_from TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a deletion its kafka_timestamp',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted record of the topic companies; not partitioned, since readers need all days and a day has few rows';
