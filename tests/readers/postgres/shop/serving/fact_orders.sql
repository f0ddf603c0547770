-- Orders as readers see them: one of the same name is in gold.
CREATE OR REPLACE VIEW shop.serving.fact_orders AS
SELECT order_sk, customer_sk, email, amount FROM shop.gold.fact_orders;
