-- From where to where people call, by the cities of both cell sites.
CREATE OR REPLACE VIEW telecom.serving.call_routes_between_cities AS
SELECT
  COALESCE(caller_site.city, 'unknown') AS from_city,
  COALESCE(callee_site.city, 'unknown') AS to_city,
  COUNT(*) AS calls,
  ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 2) AS calls_percent,
  ROUND(COALESCE(SUM(calls.call_duration_seconds), 0) / 60.0, 1) AS call_minutes
FROM telecom.gold.fact_calls AS calls
LEFT JOIN telecom.serving.dim_cell_site AS caller_site ON calls.from_cell_sk = caller_site.cell_sk
LEFT JOIN telecom.serving.dim_cell_site AS callee_site ON calls.to_cell_sk = callee_site.cell_sk
GROUP BY ALL;
