-- Each device as it was from some time on; readers see these in order, in whatever order they came.
CREATE TEMPORARY VIEW dim_device_versions AS
SELECT
  device_sk,
  tac,
  manufacturer,
  brand,
  model,
  os_version,
  is_deleted,
  event_time AS valid_from,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_devices
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS telecom.gold.dim_device_versions (
  device_sk STRING COMMENT 'surrogate key of tac',
  tac STRING COMMENT 'type allocation code: the first 8 digits of an IMEI',
  manufacturer STRING,
  brand STRING,
  model STRING,
  os_version STRING,
  is_deleted BOOLEAN COMMENT 'whether there is no such device from then on; all else but the key is null',
  valid_from TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a deletion its kafka_timestamp',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted record of the topic devices; not partitioned, since readers need all days and a day has few rows';
