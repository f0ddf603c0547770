EXECUTE STATEMENT SET BEGIN
  INSERT INTO shop.gold.dim_customer_versions SELECT * FROM dim_customer_versions;
END;
