-- Rows of a table of best-selling books, each cell a text.
CREATE TEMPORARY TABLE sensor_stream (
  `Id` STRING,
  `Title` STRING,
  `Author` STRING,
  `Original language` STRING,
  `First published` STRING,
  `Approximate sales` STRING,
  `Genre` STRING
) WITH (
  'topic' = 'sensor_stream'
) LIKE kafka_defaults;
