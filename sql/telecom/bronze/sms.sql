-- Each record as it came, so that everything else can be made again from here.
CREATE TEMPORARY VIEW bronze_sms AS
SELECT
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM flat_sms;

CREATE TABLE IF NOT EXISTS telecom.bronze.sms (
  kafka_key BYTES COMMENT 'the sender''s number, as bytes; personal',
  kafka_value BYTES COMMENT 'the record, unchanged; null for a tombstone; personal',
  kafka_topic STRING NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic sms'
PARTITIONED BY (kafka_date);
