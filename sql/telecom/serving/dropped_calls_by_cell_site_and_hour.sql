-- Of the calls that somebody answered, how many the caller's cell site drops. Those without a readable timestamp have no hour and are left out.
CREATE OR REPLACE VIEW telecom.serving.dropped_calls_by_cell_site_and_hour AS
WITH hours AS (
  -- Before the dimension is met: it has a row for each site, so that nothing need be grouped again.
  SELECT
    from_cell_site AS cell_id,
    TIME_BUCKET(INTERVAL '1 hour', "timestamp", TIMESTAMPTZ '1970-01-01 00:00:00+00') AS began,
    COUNT(*) AS calls,
    COUNT(*) FILTER (WHERE status IN ('completed', 'dropped')) AS answered_calls,
    COUNT(*) FILTER (WHERE status = 'dropped') AS dropped_calls
  FROM telecom.gold.fact_calls
  WHERE "timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
  GROUP BY ALL
)
SELECT
  hours.cell_id,
  COALESCE(cell_site.city, 'unknown') AS city,
  CAST(hours.began AT TIME ZONE 'UTC' AS DATE) AS day,
  EXTRACT(HOUR FROM hours.began AT TIME ZONE 'UTC') AS hour,
  hours.calls,
  hours.answered_calls,
  hours.dropped_calls,
  ROUND(100.0 * hours.dropped_calls / NULLIF(hours.answered_calls, 0), 1) AS dropped_percent
FROM hours
LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON hours.cell_id = cell_site.cell_id;
