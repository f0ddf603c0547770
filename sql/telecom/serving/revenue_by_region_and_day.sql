-- What calls and messages bring in where the sender is. Those without a readable timestamp have no day, but stay, so that the sums are whole.
CREATE OR REPLACE VIEW telecom.serving.revenue_by_region_and_day AS
WITH events AS (
  SELECT
    from_cell_sk,
    currency,
    amount,
    "timestamp"
  FROM telecom.gold.fact_calls
  UNION ALL
  SELECT
    from_cell_sk,
    currency,
    amount,
    "timestamp"
  FROM telecom.gold.fact_sms
)
SELECT
  COALESCE(cell_site.region, 'unknown') AS region,
  NULLIF(CAST(events."timestamp" AT TIME ZONE 'UTC' AS DATE), DATE '1970-01-01') AS day,
  events.currency,
  COUNT(*) AS events,
  SUM(events.amount) AS revenue
FROM events
LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON events.from_cell_sk = cell_site.cell_sk
GROUP BY ALL;
