EXECUTE STATEMENT SET BEGIN
  INSERT INTO shop.silver.orders SELECT * FROM silver_orders;
  INSERT INTO shop.gold.fact_orders SELECT * FROM fact_orders;
  INSERT INTO shop.gold.order_customers SELECT * FROM order_customers;
END;
