-- What it looks like.
CREATE TEMPORARY TABLE photos (
  sku STRING,
  frames ARRAY<ROW<pixels BYTES>>
) WITH (
  'topic' = 'photos'
) LIKE kafka_defaults;
