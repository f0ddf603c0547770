-- No order has a negative amount.
SELECT order_sk, amount
FROM shop.gold.fact_orders
WHERE amount < 0;
