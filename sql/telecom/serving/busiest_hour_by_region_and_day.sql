-- The hour in which most calls begin, the first of several. Calls without a readable timestamp have no hour and are left out.
CREATE OR REPLACE VIEW telecom.serving.busiest_hour_by_region_and_day AS
WITH site_hours AS (
  -- By cell site first: what meets the dimension is a row for each site and hour, not each call.
  SELECT
    from_cell_site AS cell_id,
    TIME_BUCKET(INTERVAL '1 hour', "timestamp", TIMESTAMPTZ '1970-01-01 00:00:00+00') AS began,
    COUNT(*) AS calls
  FROM telecom.gold.fact_calls
  WHERE "timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
  GROUP BY ALL
),
hours AS (
  SELECT
    COALESCE(cell_site.region, 'unknown') AS region,
    CAST(site_hours.began AT TIME ZONE 'UTC' AS DATE) AS day,
    EXTRACT(HOUR FROM site_hours.began AT TIME ZONE 'UTC') AS hour,
    CAST(SUM(site_hours.calls) AS BIGINT) AS calls
  FROM site_hours
  LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON site_hours.cell_id = cell_site.cell_id
  GROUP BY ALL
)
SELECT
  region,
  day,
  hour AS busiest_hour,
  calls,
  ROUND(100.0 * calls / SUM(calls) OVER (PARTITION BY region, day), 1) AS calls_percent
FROM hours
QUALIFY ROW_NUMBER() OVER (PARTITION BY region, day ORDER BY calls DESC, hour) = 1;
