-- Users as they were, one row for each stretch of time in which nothing about a user changed; the last one is_current, unless it was deleted.
CREATE OR REPLACE VIEW telecom.serving.dim_user_history AS
WITH moments AS (
  -- Of versions from the same moment on, the last one in Kafka counts.
  SELECT
    *,
    ROW(user_id, name, first_name, last_name, email, sex, address, city, plan, is_deleted, registered_on) AS state
  FROM telecom.gold.dim_user_versions
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY user_sk, valid_from
    ORDER BY kafka_partition DESC, kafka_offset DESC
  ) = 1
),
changes AS (
  SELECT *
  FROM moments
  QUALIFY state IS DISTINCT FROM LAG(state) OVER (PARTITION BY user_sk ORDER BY valid_from)
),
stretches AS (
  SELECT
    *,
    LEAD(valid_from) OVER (PARTITION BY user_sk ORDER BY valid_from) AS valid_to
  FROM changes
)
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
  valid_to IS NULL AS is_current,
  registered_on,
  valid_from,
  valid_to
FROM stretches
WHERE NOT is_deleted;
