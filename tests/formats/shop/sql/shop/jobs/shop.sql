EXECUTE STATEMENT SET BEGIN
  INSERT INTO shop.bronze.orders SELECT * FROM bronze_orders;
  INSERT INTO shop.bronze.readings SELECT * FROM bronze_readings;
  INSERT INTO shop.bronze.payments SELECT * FROM bronze_payments;
END;
