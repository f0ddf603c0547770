-- Devices as they are now, one row each: also those that are deleted, as they last were, and those that facts name and nobody sent.
-- Not personal: device_sk, tac
CREATE OR REPLACE VIEW telecom.serving.dim_device AS
WITH versions AS (
  -- The last version that is no deletion, if there is one, and whether the member is deleted now.
  SELECT
    *,
    FIRST_VALUE(is_deleted) OVER (
      PARTITION BY device_sk
      ORDER BY valid_from DESC, kafka_partition DESC, kafka_offset DESC
    ) AS is_deleted_now
  FROM telecom.gold.dim_device_versions
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY device_sk
    ORDER BY is_deleted, valid_from DESC, kafka_partition DESC, kafka_offset DESC
  ) = 1
),
used AS (
  SELECT natural_key, member_sk FROM telecom.serving.used_members WHERE entity = 'device'
)
SELECT
  COALESCE(versions.device_sk, used.member_sk) AS device_sk,
  COALESCE(versions.tac, used.natural_key) AS tac,
  versions.manufacturer,
  versions.brand,
  versions.model,
  versions.os_version,
  COALESCE(versions.is_deleted_now, FALSE) AS is_deleted,
  versions.device_sk IS NULL AS is_inferred
FROM versions
FULL JOIN used ON versions.device_sk = used.member_sk;
