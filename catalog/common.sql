-- What holds wherever it runs: read before catalog/<env>.sql, which says where everything is.

SET 'table.local-time-zone' = 'UTC';
-- Sinks that read the same view share it: each event is decoded once and crosses into Python once.
SET 'table.optimizer.reuse-optimize-block-with-digest-enabled' = 'true';
-- The sink that also compacts and expires what it wrote; has an effect only here, not in the cluster's configuration.
SET 'table.exec.iceberg.use-v2-sink' = 'true';

-- What every Kafka source shares: each record as it came, its coordinates, and why it could not be decoded.
-- An environment adds its Kafka's address and calls that kafka_defaults.
CREATE TEMPORARY TABLE kafka_records (
  kafka_key BYTES,
  kafka_value BYTES METADATA FROM 'value.bytes' VIRTUAL,
  decode_error STRING METADATA FROM 'value.error' VIRTUAL,
  kafka_topic STRING NOT NULL METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT NOT NULL METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  kafka_date AS CAST(kafka_timestamp AS DATE)
) WITH (
  'connector' = 'kafka',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  -- Ten answers a second are enough for what is seen at the next checkpoint; else each few records are one.
  'properties.fetch.min.bytes' = '65536',
  'properties.fetch.max.wait.ms' = '100',
  'key.format' = 'raw',
  'key.fields' = 'kafka_key',
  'value.format' = 'whole-json',
  'value.fields-include' = 'EXCEPT_KEY'
);
