-- Where everything is when it runs on one machine.
-- Trunkline fills in ${NAME}; an environment variable of that name comes first.

SET 'table.local-time-zone' = 'UTC';
-- Sinks that read the same view share it: each event is decoded once and crosses into Python once.
SET 'table.optimizer.reuse-optimize-block-with-digest-enabled' = 'true';
-- The sink that also compacts and expires what it wrote; has an effect only here, not in the cluster's configuration.
SET 'table.exec.iceberg.use-v2-sink' = 'true';

-- Each domain, a folder of sql/, has a catalog of its own: what names ${DOMAIN} is read once for each of them.
CREATE CATALOG ${DOMAIN} WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:sqlite:${LAKE}/catalog.db?journal_mode=WAL&busy_timeout=30000',
  'jdbc.schema-version' = 'V1',
  'warehouse' = 'file://${LAKE}/warehouse/${DOMAIN}',
  'clients' = '1',
  -- Hadoop's own local file system starts a process, and writes a checksum file, for each new file.
  'io-impl' = 'trunkline.formats.LocalFileIO',
  -- Most keys repeat too seldom for a dictionary: it is given up soon, but has room for the keys of some hundred cell sites.
  'table-default.write.parquet.dict-size-bytes' = '32768',
  -- Iceberg's own level, 3, takes a seventh more of all CPU for files that are 3 % smaller.
  'table-default.write.parquet.compression-level' = '1',
  -- Every table commits each checkpoint, also one that brings it nothing: so readers know at once which snapshots belong together.
  'table-default.flink.max-continuous-empty-commits' = '1',
  -- A commit at each checkpoint: small files are compacted, each row once, and old snapshots expired by the jobs that make them.
  'table-default.write.metadata.delete-after-commit.enabled' = 'true',
  'table-default.write.metadata.previous-versions-max' = '20',
  -- Each commit makes a manifest, and a query reads all there are.
  'table-default.commit.manifest.min-count-to-merge' = '20',
  'table-default.flink-maintenance.rewrite.enabled' = 'true',
  'table-default.flink-maintenance.rewrite.schedule.commit-count' = '60',
  'table-default.flink-maintenance.rewrite.min-file-size-bytes' = '1048576',
  'table-default.flink-maintenance.expire-snapshots.enabled' = 'true',
  'table-default.flink-maintenance.expire-snapshots.schedule.commit-count' = '60',
  'table-default.flink-maintenance.expire-snapshots.max-snapshot-age-seconds' = '600',
  'table-default.flink-maintenance.expire-snapshots.retain-last' = '60'
);

CREATE DATABASE IF NOT EXISTS ${DOMAIN}.bronze;
CREATE DATABASE IF NOT EXISTS ${DOMAIN}.silver;
CREATE DATABASE IF NOT EXISTS ${DOMAIN}.gold;

-- What every Kafka source shares: each record as it came, its coordinates, and why it could not be decoded.
CREATE TEMPORARY TABLE kafka_defaults (
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
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}',
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
