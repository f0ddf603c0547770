-- Each symbol with its company, its newest close, and the one of the day before.
WITH days AS (
  SELECT
    symbol,
    ARG_MAX(close_price, day) AS close_price,
    ARG_MAX(close_price, day, 2)[2] AS previous_close_price,
    MAX(day) AS day
  FROM stocks.serving.daily_prices
  GROUP BY symbol
)
SELECT
  symbol,
  COALESCE(company.name, symbol) AS name,
  COALESCE(company.sector, 'unknown') AS sector,
  days.close_price,
  100.0 * (days.close_price / days.previous_close_price - 1) AS change_percent,
  days.day
FROM days
LEFT JOIN stocks.serving.dim_companies AS company USING (symbol)
ORDER BY symbol;
