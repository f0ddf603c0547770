-- The containers of docker-compose.yml: Kafka, Flink, the catalog in PostgreSQL and the tables in object storage. It fills in ${NAME}.

-- Flink is not the one of this machine. What is SET for more than a job's tables is in the configuration of its processes too.
SET 'rest.address' = '${FLINK_HOST}';
SET 'execution.checkpointing.dir' = 's3://lake/flink/checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 's3://lake/flink/savepoints';
SET 's3.endpoint' = '${S3_ENDPOINT}';
SET 's3.path.style.access' = 'true';
-- Else each new file in S3 makes Flink remove the empty objects that stand for the folders above it: here these are folders, in use.
SET 's3.directory.marker.retention' = 'keep';

CREATE CATALOG ${DOMAIN} WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:postgresql://${POSTGRES_ADDRESS}/lake',
  'jdbc.user' = '${POSTGRES_USER}',
  'jdbc.password' = 'env:POSTGRES_PASSWORD',
  'jdbc.schema-version' = 'V1',
  'clients' = '1',
  'warehouse' = 's3://lake/warehouse/${DOMAIN}',
  'io-impl' = 'org.apache.iceberg.aws.s3.S3FileIO',
  's3.endpoint' = '${S3_ENDPOINT}',
  's3.path-style-access' = 'true',
  's3.access-key-id' = 'env:AWS_ACCESS_KEY_ID',
  's3.secret-access-key' = 'env:AWS_SECRET_ACCESS_KEY',
  'client.region' = '${AWS_REGION}',
  -- What tables are made with, and why: catalog/local.sql.
  'table-default.write.parquet.dict-size-bytes' = '32768',
  'table-default.write.parquet.compression-level' = '1',
  'table-default.flink.max-continuous-empty-commits' = '1',
  'table-default.write.metadata.delete-after-commit.enabled' = 'true',
  'table-default.write.metadata.previous-versions-max' = '20',
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

CREATE TEMPORARY TABLE kafka_defaults WITH (
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}'
) LIKE kafka_records;
