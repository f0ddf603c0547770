-- Where everything is when it runs on one machine.
-- Trunkline fills in ${NAME}; an environment variable of that name comes first.

-- Each domain, a folder of sql/, has a catalog of its own: what names ${DOMAIN} is read once for each of them.
CREATE CATALOG ${DOMAIN} WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:sqlite:${LAKE}/catalog.db?journal_mode=WAL&busy_timeout=30000',
  -- The catalog's own tables as pyiceberg has them, too.
  'jdbc.schema-version' = 'V1',
  'warehouse' = 'file://${LAKE}/warehouse/${DOMAIN}',
  -- Connections: whatever commits to a table has a catalog of its own.
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
  -- What is larger is not rewritten a second time.
  'table-default.flink-maintenance.rewrite.min-file-size-bytes' = '1048576',
  'table-default.flink-maintenance.expire-snapshots.enabled' = 'true',
  'table-default.flink-maintenance.expire-snapshots.schedule.commit-count' = '60',
  -- For as long as a query takes; and at least as many as come between two looks.
  'table-default.flink-maintenance.expire-snapshots.max-snapshot-age-seconds' = '600',
  'table-default.flink-maintenance.expire-snapshots.retain-last' = '60'
);

CREATE DATABASE IF NOT EXISTS ${DOMAIN}.bronze;
CREATE DATABASE IF NOT EXISTS ${DOMAIN}.silver;
CREATE DATABASE IF NOT EXISTS ${DOMAIN}.gold;

CREATE TEMPORARY TABLE kafka_defaults WITH (
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}'
) LIKE kafka_records;
