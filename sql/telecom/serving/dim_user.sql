-- Users as they are now, one row each: also those that are deleted, as they last were, and those that facts name and nobody sent.
CREATE OR REPLACE VIEW telecom.serving.dim_user AS
WITH versions AS (
  -- The last version that is no deletion, if there is one, and whether the member is deleted now.
  SELECT
    *,
    FIRST_VALUE(is_deleted) OVER (
      PARTITION BY user_sk
      ORDER BY valid_from DESC, kafka_partition DESC, kafka_offset DESC
    ) AS is_deleted_now
  FROM telecom.gold.dim_user_versions
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY user_sk
    ORDER BY is_deleted, valid_from DESC, kafka_partition DESC, kafka_offset DESC
  ) = 1
),
used AS (
  SELECT natural_key, member_sk FROM telecom.serving.used_members WHERE entity = 'user'
)
SELECT
  COALESCE(versions.user_sk, used.member_sk) AS user_sk,
  versions.user_id,
  COALESCE(versions.phone_number, used.natural_key) AS phone_number,
  versions.name,
  versions.first_name,
  versions.last_name,
  versions.email,
  versions.sex,
  versions.address,
  versions.city,
  versions.plan,
  COALESCE(versions.is_deleted_now, FALSE) AS is_deleted,
  versions.user_sk IS NULL AS is_inferred,
  versions.registered_on
FROM versions
FULL JOIN used ON versions.user_sk = used.member_sk;
