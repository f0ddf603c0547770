-- How prepaid balances are recharged, and what is left on them before. An amount of 0 stands for an absent one and is kept out of the average.
CREATE OR REPLACE VIEW telecom.serving.recharges_by_payment_method AS
SELECT
  payment_method,
  currency,
  COUNT(*) AS recharges,
  SUM(amount) AS recharged,
  ROUND(AVG(NULLIF(amount, 0)), 2) AS average_recharge,
  ROUND(AVG(balance_before), 2) AS average_balance_before
FROM telecom.gold.fact_recharge
GROUP BY ALL;
