-- In which cities do most calls drop, how long do people talk there, and what is it worth?
SELECT
  split_part(from_cell_site, '-', 1) AS city,
  count(*) AS calls,
  count(*) FILTER (status = 'dropped') AS dropped,
  round(100.0 * dropped / nullif(count(*) FILTER (status IN ('completed', 'dropped')), 0), 2) AS dropped_percent,
  round(avg(call_duration_seconds) FILTER (status = 'completed') / 60, 1) AS average_minutes,
  round(sum(amount) FILTER (currency = 'EGP'), 2) AS revenue_egp
FROM telecom.gold.fact_calls
GROUP BY city
ORDER BY dropped_percent DESC
LIMIT 10;
