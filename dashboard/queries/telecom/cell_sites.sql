-- Each cell site that took a call: where it stands, how many calls began there, how many of the answered ones it dropped.
SELECT
  dropped.cell_id,
  cell_site.site_name,
  cell_site.city,
  COALESCE(cell_site.region, 'unknown') AS region,
  cell_site.latitude,
  cell_site.longitude,
  SUM(dropped.calls) AS calls,
  SUM(dropped.answered_calls) AS answered_calls,
  SUM(dropped.dropped_calls) AS dropped_calls,
  100.0 * SUM(dropped.dropped_calls) / NULLIF(SUM(dropped.answered_calls), 0) AS dropped_percent
FROM telecom.serving.dropped_calls_by_cell_site_and_hour AS dropped
JOIN telecom.serving.dim_cell_site AS cell_site USING (cell_id)
WHERE dropped.day >= $since
GROUP BY ALL
ORDER BY calls DESC, cell_id;
