-- A template: Kafka, Flink, the catalog and the storage of a team, each somewhere else. Put your own addresses in.
-- `trunkline doctor --env production` says what does not answer. Of what is secret only references stand here: env:NAME, file:PATH.

-- Flink's REST endpoint; trunkline-rest is that of the cluster that `trunkline render` writes for Kubernetes.
SET 'rest.address' = 'trunkline-rest';
SET 'rest.port' = '8081';
-- Where a job's state is. What is SET here beyond the tables is in the configuration of the cluster that is rendered, too.
SET 'execution.checkpointing.dir' = 's3://lake/flink/checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 's3://lake/flink/savepoints';
SET 'high-availability.storageDir' = 's3://lake/flink/ha';
-- Not of AWS: SET 's3.endpoint' = 'https://s3.example.com', and mostly 's3.path.style.access' = 'true'.
-- Each checkpoint is a commit to every table: a minute costs a small part of what two seconds do.
SET 'execution.checkpointing.interval' = '1 min';

CREATE CATALOG ${DOMAIN} WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.rest.RESTCatalog',
  'uri' = 'https://catalog.example.com/api/catalog',
  'warehouse' = '${DOMAIN}',
  'credential' = 'file:/etc/trunkline/catalog-credential',
  'oauth2-server-uri' = 'https://catalog.example.com/api/catalog/v1/oauth/tokens',
  'scope' = 'PRINCIPAL_ROLE:ALL',
  -- With PostgreSQL instead of these five:
  -- 'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  -- 'uri' = 'jdbc:postgresql://postgres.example.com:5432/lake?sslmode=verify-full&sslrootcert=/etc/trunkline/postgres-ca.pem',
  -- 'jdbc.user' = 'lake',
  -- 'jdbc.password' = 'file:/etc/trunkline/postgres-password',
  -- 'jdbc.schema-version' = 'V1',
  -- 'clients' = '1',
  -- 'warehouse' = 's3://lake/warehouse/${DOMAIN}',
  'io-impl' = 'org.apache.iceberg.aws.s3.S3FileIO',
  -- Not of AWS: 's3.endpoint' = 'https://s3.example.com', and mostly 's3.path-style-access' = 'true'.
  's3.access-key-id' = 'file:/etc/trunkline/s3-access-key-id',
  's3.secret-access-key' = 'file:/etc/trunkline/s3-secret-access-key',
  'client.region' = 'eu-central-1',
  -- What tables are made with, and why: catalog/local.sql.
  'table-default.write.parquet.dict-size-bytes' = '32768',
  'table-default.write.parquet.compression-level' = '1',
  'table-default.flink.max-continuous-empty-commits' = '1',
  'table-default.write.metadata.delete-after-commit.enabled' = 'true',
  'table-default.write.metadata.previous-versions-max' = '20',
  'table-default.commit.manifest.min-count-to-merge' = '20',
  'table-default.flink-maintenance.rewrite.enabled' = 'true',
  'table-default.flink-maintenance.rewrite.schedule.commit-count' = '60',
  -- Sixty commits are an hour, and files of a minute are larger.
  'table-default.flink-maintenance.rewrite.min-file-size-bytes' = '16777216',
  'table-default.flink-maintenance.expire-snapshots.enabled' = 'true',
  'table-default.flink-maintenance.expire-snapshots.schedule.commit-count' = '60',
  -- How far back readers can ask, in seconds; a commit a minute is 1440 snapshots a day.
  'table-default.flink-maintenance.expire-snapshots.max-snapshot-age-seconds' = '86400',
  'table-default.flink-maintenance.expire-snapshots.retain-last' = '60'
);

CREATE DATABASE IF NOT EXISTS ${DOMAIN}.bronze;
CREATE DATABASE IF NOT EXISTS ${DOMAIN}.silver;
CREATE DATABASE IF NOT EXISTS ${DOMAIN}.gold;

CREATE TEMPORARY TABLE kafka_defaults WITH (
  'properties.bootstrap.servers' = 'kafka-1.example.com:9093,kafka-2.example.com:9093',
  'properties.security.protocol' = 'SASL_SSL',
  -- The line as Flink's own Kafka client takes it, with the package where that has it:
  -- org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule required username="lake" password="...";
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.sasl.jaas.config' = 'file:/etc/trunkline/kafka-login',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.certificates' = 'file:/etc/trunkline/kafka-ca.pem'
  -- With a certificate of your own instead of a login, 'security.protocol' = 'SSL', and:
  -- 'properties.ssl.keystore.type' = 'PEM',
  -- 'properties.ssl.keystore.certificate.chain' = 'file:/etc/trunkline/kafka.pem',
  -- 'properties.ssl.keystore.key' = 'file:/etc/trunkline/kafka-key.pem'
  -- With OAuth, 'sasl.mechanism' = 'OAUTHBEARER', and:
  -- 'properties.sasl.oauthbearer.token.endpoint.url' = 'https://login.example.com/token',
  -- 'properties.sasl.oauthbearer.client.credentials.client.id' = 'lake',
  -- 'properties.sasl.oauthbearer.client.credentials.client.secret' = 'file:/etc/trunkline/kafka-secret',
  -- and, each with the package org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer before it:
  -- 'properties.sasl.jaas.config' = 'OAuthBearerLoginModule required;',
  -- 'properties.sasl.login.callback.handler.class' = 'OAuthBearerLoginCallbackHandler'
) LIKE kafka_records;
