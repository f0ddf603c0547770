EXECUTE STATEMENT SET BEGIN
  INSERT INTO shop.bronze.customers SELECT * FROM bronze_customers;
  INSERT INTO shop.silver.customers SELECT * FROM silver_customers;
  INSERT INTO shop.gold.dim_customer_versions SELECT * FROM dim_customer_versions;
END;
