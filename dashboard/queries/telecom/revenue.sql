-- What calls and messages brought in each day, by currency and the sender's region. Those without a day are in no period but the whole.
SELECT
  currency,
  region,
  day,
  SUM(events) AS events,
  SUM(revenue) AS revenue
FROM telecom.serving.revenue_by_region_and_day
WHERE COALESCE(day, DATE '1970-01-01') >= $since
GROUP BY ALL
ORDER BY currency, day, region;
