-- What calls and messages bring in where the sender is. Those without a readable timestamp have no day, but stay, so that the sums are whole.
CREATE OR REPLACE VIEW telecom.serving.revenue_by_region_and_day AS
WITH events AS (
  SELECT
    from_cell_site,
    currency,
    amount,
    "timestamp"
  FROM telecom.gold.fact_calls
  UNION ALL
  SELECT
    from_cell_site,
    currency,
    amount,
    "timestamp"
  FROM telecom.gold.fact_sms
),
days AS (
  -- By cell site first: what meets the dimension is a row for each site and day, not each event.
  SELECT
    from_cell_site AS cell_id,
    currency,
    TIME_BUCKET(INTERVAL '24 hours', "timestamp", TIMESTAMPTZ '1970-01-01 00:00:00+00') AS began,
    COUNT(*) AS events,
    SUM(amount) AS revenue
  FROM events
  GROUP BY ALL
)
SELECT
  COALESCE(cell_site.region, 'unknown') AS region,
  NULLIF(CAST(days.began AT TIME ZONE 'UTC' AS DATE), DATE '1970-01-01') AS day,
  days.currency,
  CAST(SUM(days.events) AS BIGINT) AS events,
  SUM(days.revenue) AS revenue
FROM days
LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON days.cell_id = cell_site.cell_id
GROUP BY ALL;
