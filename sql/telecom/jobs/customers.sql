-- What customers pay and ask: bronze, silver and gold of each topic, from one read of it.

-- How long the job remembers which events and which members it has seen.
SET 'table.exec.state.ttl' = '24 h';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO telecom.bronze.payment SELECT * FROM bronze_payment;
  INSERT INTO telecom.silver.payment SELECT * FROM silver_payment;
  INSERT INTO telecom.gold.fact_payment SELECT * FROM fact_payment;
  INSERT INTO telecom.gold.payment_members SELECT * FROM payment_members;
  INSERT INTO telecom.bronze.recharge SELECT * FROM bronze_recharge;
  INSERT INTO telecom.silver.recharge SELECT * FROM silver_recharge;
  INSERT INTO telecom.gold.fact_recharge SELECT * FROM fact_recharge;
  INSERT INTO telecom.gold.recharge_members SELECT * FROM recharge_members;
  INSERT INTO telecom.bronze.support SELECT * FROM bronze_support;
  INSERT INTO telecom.silver.support SELECT * FROM silver_support;
  INSERT INTO telecom.gold.fact_support SELECT * FROM fact_support;
  INSERT INTO telecom.gold.support_members SELECT * FROM support_members;
END;
