-- How many attempts to pay fail. Those without a readable timestamp have no day and are left out.
CREATE OR REPLACE VIEW telecom.serving.payment_failures_by_method_and_day AS
SELECT
  payment_method,
  CAST("timestamp" AT TIME ZONE 'UTC' AS DATE) AS day,
  COUNT(*) AS payments,
  COUNT(*) FILTER (WHERE status = 'failed') AS failed_payments,
  ROUND(100.0 * failed_payments / payments, 1) AS failed_percent
FROM telecom.gold.fact_payment
WHERE "timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
GROUP BY ALL;
