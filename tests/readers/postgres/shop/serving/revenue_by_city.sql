-- What is earned where.
CREATE OR REPLACE VIEW shop.serving.revenue_by_city AS
SELECT
  COALESCE(customer.city, 'unknown') AS city,
  COUNT(*) AS orders,
  SUM(orders.amount) AS revenue,
  ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 1) AS orders_percent
FROM shop.gold.fact_orders AS orders
LEFT JOIN shop.serving.dim_customer AS customer ON orders.customer_sk = customer.customer_sk
GROUP BY ALL;
