-- Whose shares they are: bronze, silver and versions, from one read of the topic.

-- Companies change rarely, and facts do not wait for them.
SET 'execution.checkpointing.interval' = '10 s';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO stocks.bronze.companies SELECT * FROM bronze_companies;
  INSERT INTO stocks.silver.companies SELECT * FROM silver_companies;
  INSERT INTO stocks.gold.dim_companies_versions SELECT * FROM dim_companies_versions;
END;
