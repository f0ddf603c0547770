-- How many events of each kind began in each minute of the hour before a moment.
WITH events AS (
  SELECT 'calls' AS kind, "timestamp" AS happened_at FROM telecom.gold.fact_calls
  UNION ALL
  SELECT 'messages' AS kind, "timestamp" AS happened_at FROM telecom.gold.fact_sms
  UNION ALL
  SELECT 'payments' AS kind, "timestamp" AS happened_at FROM telecom.gold.fact_payment
  UNION ALL
  SELECT 'recharges' AS kind, "timestamp" AS happened_at FROM telecom.gold.fact_recharge
  UNION ALL
  SELECT 'support contacts' AS kind, "timestamp" AS happened_at FROM telecom.gold.fact_support
)
SELECT
  kind,
  DATE_TRUNC('minute', happened_at) AS minute,
  COUNT(*) AS events
FROM events
WHERE happened_at > $at::TIMESTAMPTZ - INTERVAL 1 HOUR
GROUP BY ALL
ORDER BY minute, kind;
