-- Each record as it came.
CREATE TEMPORARY VIEW bronze_calls AS
SELECT
  kafka_value,
  kafka_partition,
  kafka_offset,
  kafka_timestamp
FROM flat_calls;

CREATE TABLE IF NOT EXISTS telecom.bronze.calls (
  kafka_value BYTES COMMENT 'personal',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL
);
