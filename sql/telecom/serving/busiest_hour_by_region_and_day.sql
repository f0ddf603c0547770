-- The hour in which most calls begin, the first of several. Calls without a readable timestamp have no hour and are left out.
CREATE OR REPLACE VIEW telecom.serving.busiest_hour_by_region_and_day AS
WITH hours AS (
  SELECT
    COALESCE(cell_site.region, 'unknown') AS region,
    CAST(calls."timestamp" AT TIME ZONE 'UTC' AS DATE) AS day,
    EXTRACT(HOUR FROM calls."timestamp" AT TIME ZONE 'UTC') AS hour,
    COUNT(*) AS calls
  FROM telecom.gold.fact_calls AS calls
  LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON calls.from_cell_sk = cell_site.cell_sk
  WHERE calls."timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
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
