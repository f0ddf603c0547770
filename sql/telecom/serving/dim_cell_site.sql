-- Cell sites as they are now, one row each: also those that are deleted, as they last were, and those that facts name and nobody sent.
-- Not personal: cell_sk, cell_id
CREATE OR REPLACE VIEW telecom.serving.dim_cell_site AS
WITH versions AS (
  -- The last version that is no deletion, if there is one, and whether the member is deleted now.
  SELECT
    *,
    FIRST_VALUE(is_deleted) OVER (
      PARTITION BY cell_sk
      ORDER BY valid_from DESC, kafka_partition DESC, kafka_offset DESC
    ) AS is_deleted_now
  FROM telecom.gold.dim_cell_site_versions
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY cell_sk
    ORDER BY is_deleted, valid_from DESC, kafka_partition DESC, kafka_offset DESC
  ) = 1
),
used AS (
  SELECT natural_key, member_sk FROM telecom.serving.used_members WHERE entity = 'cell_site'
)
SELECT
  COALESCE(versions.cell_sk, used.member_sk) AS cell_sk,
  COALESCE(versions.cell_id, used.natural_key) AS cell_id,
  versions.site_name,
  versions.city,
  versions.region,
  versions.latitude,
  versions.longitude,
  COALESCE(versions.is_deleted_now, FALSE) AS is_deleted,
  versions.cell_sk IS NULL AS is_inferred
FROM versions
FULL JOIN used ON versions.cell_sk = used.member_sk;
