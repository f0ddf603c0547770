-- Tables in object storage, their catalog in PostgreSQL; Kafka and Flink as in catalog/local.sql.
-- WAREHOUSE is a bucket and a folder in it, s3://lake/warehouse. POSTGRES_ADDRESS is host:port.

CREATE CATALOG ${DOMAIN} WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:postgresql://${POSTGRES_ADDRESS}/lake',
  'jdbc.user' = '${POSTGRES_USER}',
  'jdbc.password' = 'env:POSTGRES_PASSWORD',
  'jdbc.schema-version' = 'V1',
  -- Whatever commits to a table has a connection of its own: PostgreSQL's max_connections is a matter of the number of tables.
  'clients' = '1',
  -- On a disk that all machines share: 'file://...', with the 'io-impl' of catalog/local.sql and without the five options below that.
  'warehouse' = '${WAREHOUSE}/${DOMAIN}',
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
