-- Every time has its key, and no two have the same.
SELECT date_key, COUNT(*) AS repeats
FROM stocks.serving.dim_date
GROUP BY date_key
HAVING date_key IS NULL OR COUNT(*) > 1;
