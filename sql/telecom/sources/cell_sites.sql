-- Where the antennas stand, by cell_id. A record without a value deletes the cell site that its key names.
CREATE TEMPORARY TABLE cell_sites (
  cell_id STRING,
  site_name STRING,
  city STRING,
  region STRING,
  latitude DOUBLE,
  longitude DOUBLE,
  updated_at STRING
) WITH (
  'topic' = 'cell_sites',
  'value.whole-json.any-type' = 'updated_at'
) LIKE kafka_defaults;
