-- Each user as it was from some time on; readers see these in order, in whatever order they came.
CREATE TEMPORARY VIEW dim_user_versions AS
SELECT
  user_sk,
  user_id,
  phone_number,
  name,
  first_name,
  last_name,
  email,
  sex,
  address,
  city,
  plan,
  is_deleted,
  registered_on,
  event_time AS valid_from,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_users
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS telecom.gold.dim_user_versions (
  user_sk STRING COMMENT 'surrogate key of phone_number',
  user_id STRING COMMENT 'personal',
  phone_number STRING COMMENT 'E.164; personal',
  name STRING COMMENT 'personal',
  first_name STRING COMMENT 'personal',
  last_name STRING COMMENT 'personal',
  email STRING COMMENT 'personal',
  sex STRING,
  address STRING COMMENT 'personal',
  city STRING,
  plan STRING,
  is_deleted BOOLEAN COMMENT 'whether there is no such user from then on; all else but the key is null',
  registered_on DATE,
  valid_from TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a deletion its kafka_timestamp',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted record of the topic users; not partitioned, since readers need all days and a day has few rows';
