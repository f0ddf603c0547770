-- The times that prices are of, one row each; weeks and weekdays as in ISO 8601, everything in UTC.
CREATE OR REPLACE VIEW stocks.serving.dim_date AS
SELECT
  date_key,
  "timestamp" AS date,
  CAST(YEAR("timestamp" AT TIME ZONE 'UTC') AS INTEGER) AS year,
  CAST(MONTH("timestamp" AT TIME ZONE 'UTC') AS INTEGER) AS month,
  CAST(DAY("timestamp" AT TIME ZONE 'UTC') AS INTEGER) AS day,
  CAST(ISODOW("timestamp" AT TIME ZONE 'UTC') AS INTEGER) AS day_of_week,
  CAST(QUARTER("timestamp" AT TIME ZONE 'UTC') AS INTEGER) AS quarter,
  CAST(WEEK("timestamp" AT TIME ZONE 'UTC') AS INTEGER) AS week
FROM (
  SELECT DISTINCT date_key, "timestamp" FROM stocks.gold.fact_stock
);
