EXECUTE STATEMENT SET BEGIN
  INSERT INTO telecom.bronze.calls SELECT * FROM bronze_calls;
  INSERT INTO telecom.silver.calls SELECT * FROM silver_calls;
  INSERT INTO telecom.gold.fact_calls SELECT * FROM fact_calls;
END;
