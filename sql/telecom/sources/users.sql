-- Who has which number, by number. A record without a value deletes the user that its key names.
CREATE TEMPORARY TABLE users (
  phone_number STRING,
  user_id STRING,
  name STRING,
  first_name STRING,
  last_name STRING,
  email STRING,
  sex STRING,
  address STRING,
  city STRING,
  plan STRING,
  registered_on STRING,
  updated_at STRING
) WITH (
  'topic' = 'users',
  'value.whole-json.any-type' = 'updated_at'
) LIKE kafka_defaults;
