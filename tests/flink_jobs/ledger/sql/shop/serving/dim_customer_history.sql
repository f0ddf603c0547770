CREATE OR REPLACE VIEW shop.serving.dim_customer_history AS
SELECT customer_sk, city, kafka_offset AS version
FROM shop.gold.dim_customer_versions;
