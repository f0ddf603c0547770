-- Where it stands.
CREATE TEMPORARY TABLE shelves (
  shelf_number INT,
  aisle STRING
) WITH (
  'topic' = 'shelves'
) LIKE kafka_defaults;
