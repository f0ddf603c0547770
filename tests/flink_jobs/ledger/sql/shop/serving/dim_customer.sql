CREATE OR REPLACE VIEW shop.serving.dim_customer AS
SELECT customer_sk, customer, max_by(city, kafka_offset) AS city, false AS is_inferred
FROM shop.gold.dim_customer_versions
GROUP BY ALL
UNION ALL BY NAME
SELECT DISTINCT customer_sk, customer, true AS is_inferred
FROM shop.gold.order_customers
WHERE customer_sk NOT IN (SELECT customer_sk FROM shop.gold.dim_customer_versions WHERE customer_sk IS NOT NULL);
