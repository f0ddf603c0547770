-- What shares cost: bronze, silver and gold of the topic, and each day as it is known so far, from one read of it.

-- How long the job remembers a day after its last price; one that comes later is a fact, but too late to count in its day.
SET 'table.exec.state.ttl' = '7 d';

-- A day grows by its prices in their order, which two windows with different keys keep only where there is one task of each.
SET 'parallelism.default' = '1';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO stocks.bronze.stock_prices SELECT * FROM bronze_stock_prices;
  INSERT INTO stocks.silver.stock_prices SELECT * FROM silver_stock_prices;
  INSERT INTO stocks.gold.fact_stock SELECT * FROM fact_stock;
  INSERT INTO stocks.gold.daily_prices SELECT * FROM daily_prices;
END;
