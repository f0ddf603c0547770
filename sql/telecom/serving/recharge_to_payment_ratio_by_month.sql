-- What is recharged beside what is paid, of payments only the completed ones. Money without a readable timestamp has no month, but stays.
CREATE OR REPLACE VIEW telecom.serving.recharge_to_payment_ratio_by_month AS
WITH money AS (
  SELECT
    currency,
    amount AS recharge,
    0 AS payment,
    "timestamp"
  FROM telecom.gold.fact_recharge
  UNION ALL
  SELECT
    currency,
    0 AS recharge,
    payment_amount AS payment,
    "timestamp"
  FROM telecom.gold.fact_payment
  WHERE status = 'completed'
)
SELECT
  NULLIF(CAST(DATE_TRUNC('month', "timestamp" AT TIME ZONE 'UTC') AS DATE), DATE '1970-01-01') AS month,
  currency,
  SUM(recharge) AS recharged,
  SUM(payment) AS paid,
  ROUND(recharged / NULLIF(paid, 0), 2) AS recharge_to_payment_ratio
FROM money
GROUP BY ALL;
