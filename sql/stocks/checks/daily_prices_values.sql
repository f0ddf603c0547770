-- Every revision of a day is a day that may be: its prices within the highest and the lowest, its volume not negative.
SELECT *
FROM stocks.gold.daily_prices
WHERE (
  symbol IS NOT NULL
  AND day IS NOT NULL
  AND revision >= 1
  AND low_price > 0
  AND open_price BETWEEN low_price AND high_price
  AND close_price BETWEEN low_price AND high_price
  AND volume >= 0
) IS NOT TRUE;
