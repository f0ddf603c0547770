-- Tables in object storage, their catalog behind an Iceberg REST server; Kafka and Flink as in catalog/local.sql.

CREATE CATALOG ${DOMAIN} WITH (
  'type' = 'iceberg',
  -- By its class, not by 'catalog-type' = 'rest': what Flink then prints of it holds its secrets.
  'catalog-impl' = 'org.apache.iceberg.rest.RESTCatalog',
  'uri' = '${ICEBERG_REST_URI}',
  -- The server has a warehouse of this name for each domain, and knows where its files are.
  'warehouse' = '${DOMAIN}',
  -- OAuth2: id:secret of a client, and who gives it a token. With a token of your own, instead of these three: 'token' = 'env:...'.
  'credential' = 'env:ICEBERG_REST_CREDENTIAL',
  'oauth2-server-uri' = '${ICEBERG_REST_OAUTH2_URI}',
  'scope' = '${ICEBERG_REST_SCOPE}',
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
