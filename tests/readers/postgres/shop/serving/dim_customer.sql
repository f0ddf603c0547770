-- Customers as they are now, and those that only orders name.
CREATE OR REPLACE VIEW shop.serving.dim_customer AS
WITH versions AS (
  SELECT customer_sk, email, city
  FROM shop.gold.dim_customer_versions
  QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_sk ORDER BY valid_from DESC, kafka_offset DESC) = 1
),
used AS (
  SELECT DISTINCT customer_sk, email FROM shop.gold.order_customers
)
SELECT
  COALESCE(versions.customer_sk, used.customer_sk) AS customer_sk,
  COALESCE(versions.email, used.email) AS email,
  versions.city,
  versions.customer_sk IS NULL AS is_inferred
FROM versions
FULL JOIN used ON versions.customer_sk = used.customer_sk;
