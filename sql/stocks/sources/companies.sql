-- Who stands behind a symbol. A record without a value deletes the company that its key names.
CREATE TEMPORARY TABLE companies (
  symbol STRING,
  asset_type STRING,
  name STRING,
  sector STRING,
  industry STRING,
  description STRING,
  updated_at STRING
) WITH (
  'topic' = 'companies',
  'value.whole-json.any-type' = 'updated_at'
) LIKE kafka_defaults;
