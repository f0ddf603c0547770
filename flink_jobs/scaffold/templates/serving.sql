-- How many a day there are, and what they are worth.
CREATE OR REPLACE VIEW ${domain}.serving.${stream}_by_day AS
SELECT
  CAST(event_time AS DATE) AS day,
  COUNT(*) AS ${stream},
  SUM(amount) AS amount
FROM ${domain}.gold.${table}
GROUP BY day;
