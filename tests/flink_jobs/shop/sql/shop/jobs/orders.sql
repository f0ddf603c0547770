-- All that becomes of an order.
EXECUTE STATEMENT SET BEGIN
  INSERT INTO shop.bronze.orders SELECT * FROM bronze_orders;
  INSERT INTO shop.silver.orders SELECT * FROM silver_orders;
END;
