-- Each cell site as it was from some time on; readers see these in order, in whatever order they came.
CREATE TEMPORARY VIEW dim_cell_site_versions AS
SELECT
  cell_sk,
  cell_id,
  site_name,
  city,
  region,
  latitude,
  longitude,
  is_deleted,
  event_time AS valid_from,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_cell_sites
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS telecom.gold.dim_cell_site_versions (
  cell_sk STRING COMMENT 'surrogate key of cell_id',
  cell_id STRING COMMENT 'three letters of its city, - and four digits',
  site_name STRING,
  city STRING,
  region STRING,
  latitude DOUBLE COMMENT 'degrees north',
  longitude DOUBLE COMMENT 'degrees east',
  is_deleted BOOLEAN COMMENT 'whether there is no such cell site from then on; all else but the key is null',
  valid_from TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a deletion its kafka_timestamp',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted record of the topic cell_sites; not partitioned, since readers need all days and a day has few rows';
