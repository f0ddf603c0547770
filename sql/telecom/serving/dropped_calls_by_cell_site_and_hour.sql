-- Of the calls that somebody answered, how many the caller's cell site drops. Those without a readable timestamp have no hour and are left out.
CREATE OR REPLACE VIEW telecom.serving.dropped_calls_by_cell_site_and_hour AS
SELECT
  calls.from_cell_site AS cell_id,
  COALESCE(cell_site.city, 'unknown') AS city,
  CAST(calls."timestamp" AT TIME ZONE 'UTC' AS DATE) AS day,
  EXTRACT(HOUR FROM calls."timestamp" AT TIME ZONE 'UTC') AS hour,
  COUNT(*) AS calls,
  COUNT(*) FILTER (WHERE calls.status IN ('completed', 'dropped')) AS answered_calls,
  COUNT(*) FILTER (WHERE calls.status = 'dropped') AS dropped_calls,
  ROUND(100.0 * dropped_calls / NULLIF(answered_calls, 0), 1) AS dropped_percent
FROM telecom.gold.fact_calls AS calls
LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON calls.from_cell_sk = cell_site.cell_sk
WHERE calls."timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
GROUP BY ALL;
