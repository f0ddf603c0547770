-- Which sectors rose most over the last month, how far did their shares swing in a day, and how much money changed hands?
WITH days AS (
  SELECT
    sector,
    daily_prices.*,
    FIRST_VALUE(open_price) OVER (PARTITION BY symbol ORDER BY day) AS first_open,
    LAST_VALUE(close_price) OVER (PARTITION BY symbol ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_close
  FROM stocks.serving.daily_prices AS daily_prices
  JOIN stocks.serving.dim_companies AS companies USING (symbol)
  WHERE sector IS NOT NULL
    AND day > (SELECT MAX(day) - INTERVAL 1 MONTH FROM stocks.serving.daily_prices)
)
SELECT
  sector,
  COUNT(DISTINCT symbol) AS companies,
  ROUND(100 * AVG(last_close / first_open - 1), 2) AS rise_percent,
  ROUND(100 * AVG((high_price - low_price) / low_price), 2) AS swing_percent,
  ROUND(SUM(volume * (high_price + low_price + close_price) / 3) / 1e6, 1) AS turnover_millions
FROM days
GROUP BY sector
ORDER BY rise_percent DESC;
