-- The days of a symbol, oldest first.
SELECT
  day,
  open_price,
  high_price,
  low_price,
  close_price,
  volume,
  revision
FROM stocks.serving.daily_prices
WHERE symbol = $symbol
ORDER BY day;
