-- Customers as they were.
CREATE OR REPLACE VIEW shop.serving.dim_customer_history AS
SELECT
  customer_sk,
  email,
  city,
  valid_from,
  LEAD(valid_from) OVER (PARTITION BY customer_sk ORDER BY valid_from, kafka_offset) AS valid_to
FROM shop.gold.dim_customer_versions;
