-- ${stream}, keyed by id, so that repeats of one stand in one partition. Change the fields to those of your records; each is NULL where a record lacks it.
CREATE TEMPORARY TABLE ${stream} (
  id STRING,
  name STRING,
  amount DECIMAL(18, 4),
  `timestamp` STRING
) WITH (
  'topic' = '${topic}',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;
