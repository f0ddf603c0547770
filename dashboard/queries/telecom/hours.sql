-- Calls of each hour, and how many of the answered ones were dropped.
SELECT
  day + INTERVAL (hour) HOUR AS began,
  SUM(calls) AS calls,
  SUM(answered_calls) AS answered_calls,
  SUM(dropped_calls) AS dropped_calls,
  100.0 * SUM(dropped_calls) / NULLIF(SUM(answered_calls), 0) AS dropped_percent
FROM telecom.serving.dropped_calls_by_cell_site_and_hour
WHERE day >= $since
GROUP BY ALL
ORDER BY began;
