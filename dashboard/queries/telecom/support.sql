-- All contacts in one line: settled at once, wait, satisfaction.
SELECT
  COUNT(*) AS contacts,
  100.0 * COUNT(*) FILTER (WHERE first_call_resolution) / NULLIF(COUNT(first_call_resolution), 0) AS first_call_resolution_percent,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY wait_time_seconds) AS p50_wait_seconds,
  AVG(satisfaction_score) AS satisfaction
FROM telecom.gold.fact_support;
