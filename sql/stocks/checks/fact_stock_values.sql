-- Every accepted price has only values of the forms and ranges that the rules allow.
SELECT *
FROM stocks.gold.fact_stock
WHERE (
  TRIM(company_id) <> ''
  AND low_price > 0
  AND low_price <= high_price
  AND open_price BETWEEN low_price AND high_price
  AND close_price BETWEEN low_price AND high_price
  AND COALESCE(volume >= 0, TRUE)
  AND "timestamp" = DATE_TRUNC('minute', "timestamp")
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
