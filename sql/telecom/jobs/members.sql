-- Whom and what facts name: bronze, silver and versions of each topic, from one read of it.

-- Members change rarely, and facts do not wait for them.
SET 'execution.checkpointing.interval' = '10 s';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO telecom.bronze.users SELECT * FROM bronze_users;
  INSERT INTO telecom.silver.users SELECT * FROM silver_users;
  INSERT INTO telecom.gold.dim_user_versions SELECT * FROM dim_user_versions;
  INSERT INTO telecom.bronze.devices SELECT * FROM bronze_devices;
  INSERT INTO telecom.silver.devices SELECT * FROM silver_devices;
  INSERT INTO telecom.gold.dim_device_versions SELECT * FROM dim_device_versions;
  INSERT INTO telecom.bronze.cell_sites SELECT * FROM bronze_cell_sites;
  INSERT INTO telecom.silver.cell_sites SELECT * FROM silver_cell_sites;
  INSERT INTO telecom.gold.dim_cell_site_versions SELECT * FROM dim_cell_site_versions;
  INSERT INTO telecom.bronze.agents SELECT * FROM bronze_agents;
  INSERT INTO telecom.silver.agents SELECT * FROM silver_agents;
  INSERT INTO telecom.gold.dim_agent_versions SELECT * FROM dim_agent_versions;
END;
