-- In which cities do most calls drop, how long do people talk there, and what is it worth?
SELECT
  SPLIT_PART(from_cell_site, '-', 1) AS city,
  COUNT(*) AS calls,
  COUNT(*) FILTER (WHERE status = 'dropped') AS dropped,
  ROUND(100.0 * dropped / NULLIF(COUNT(*) FILTER (WHERE status IN ('completed', 'dropped')), 0), 2) AS dropped_percent,
  ROUND(AVG(call_duration_seconds) FILTER (WHERE status = 'completed') / 60, 1) AS average_minutes,
  ROUND(SUM(amount) FILTER (WHERE currency = 'EGP'), 2) AS revenue_egp
FROM telecom.gold.fact_calls
GROUP BY city
ORDER BY dropped_percent DESC
LIMIT 10;
