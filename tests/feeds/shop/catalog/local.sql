CREATE TEMPORARY TABLE kafka_defaults (
  kafka_offset BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}',
  'value.format' = 'whole-json'
);
