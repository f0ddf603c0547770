-- Every company has its symbol, and no two have the same.
SELECT symbol, COUNT(*) AS repeats
FROM stocks.serving.dim_companies
GROUP BY symbol
HAVING symbol IS NULL OR COUNT(*) > 1;
