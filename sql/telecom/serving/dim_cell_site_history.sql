-- Cell sites as they were, one row for each stretch of time in which nothing about a cell site changed; the last one is_current, unless it was deleted.
CREATE OR REPLACE VIEW telecom.serving.dim_cell_site_history AS
WITH moments AS (
  -- Of versions from the same moment on, the last one in Kafka counts.
  SELECT
    *,
    ROW(site_name, city, region, latitude, longitude, is_deleted) AS state
  FROM telecom.gold.dim_cell_site_versions
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY cell_sk, valid_from
    ORDER BY kafka_partition DESC, kafka_offset DESC
  ) = 1
),
changes AS (
  SELECT *
  FROM moments
  QUALIFY state IS DISTINCT FROM LAG(state) OVER (PARTITION BY cell_sk ORDER BY valid_from)
),
stretches AS (
  SELECT
    *,
    LEAD(valid_from) OVER (PARTITION BY cell_sk ORDER BY valid_from) AS valid_to
  FROM changes
)
SELECT
  cell_sk,
  cell_id,
  site_name,
  city,
  region,
  latitude,
  longitude,
  valid_to IS NULL AS is_current,
  valid_from,
  valid_to
FROM stretches
WHERE NOT is_deleted;
