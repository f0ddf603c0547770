-- Every record, with what could be read of it.
CREATE TEMPORARY VIEW bronze_readings AS
SELECT
  meter_id,
  place,
  watts,
  read_at,
  kafka_value,
  decode_error,
  kafka_partition,
  kafka_offset
FROM readings;

CREATE TABLE IF NOT EXISTS shop.bronze.readings (
  meter_id STRING,
  place STRING,
  watts INT,
  read_at STRING,
  kafka_value BYTES,
  decode_error STRING,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
