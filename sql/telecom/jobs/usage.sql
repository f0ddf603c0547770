-- What the network carries: bronze, silver and gold of each topic, from one read of it.

-- How long the job remembers which events and which members it has seen.
SET 'table.exec.state.ttl' = '24 h';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO telecom.bronze.calls SELECT * FROM bronze_calls;
  INSERT INTO telecom.silver.calls SELECT * FROM silver_calls;
  INSERT INTO telecom.gold.fact_calls SELECT * FROM fact_calls;
  INSERT INTO telecom.gold.call_members SELECT * FROM call_members;
  INSERT INTO telecom.bronze.sms SELECT * FROM bronze_sms;
  INSERT INTO telecom.silver.sms SELECT * FROM silver_sms;
  INSERT INTO telecom.gold.fact_sms SELECT * FROM fact_sms;
  INSERT INTO telecom.gold.sms_members SELECT * FROM sms_members;
END;
