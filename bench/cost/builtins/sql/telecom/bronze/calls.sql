-- Each record as it came, from the view that the other layers read too.
CREATE TEMPORARY VIEW bronze_calls AS
SELECT
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM read_calls;
