-- The busiest hour of each region, on the day on which it was busiest.
SELECT
  region,
  day,
  busiest_hour,
  calls
FROM telecom.serving.busiest_hour_by_region_and_day
WHERE day >= $since
QUALIFY ROW_NUMBER() OVER (PARTITION BY region ORDER BY calls DESC, day DESC) = 1
ORDER BY calls DESC, region;
