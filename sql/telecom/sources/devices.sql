-- Which device a type allocation code (TAC) stands for, by TAC. A record without a value deletes the device that its key names.
CREATE TEMPORARY TABLE devices (
  tac STRING,
  manufacturer STRING,
  brand STRING,
  model STRING,
  os_version STRING,
  updated_at STRING
) WITH (
  'topic' = 'devices',
  'value.whole-json.any-type' = 'updated_at'
) LIKE kafka_defaults;
