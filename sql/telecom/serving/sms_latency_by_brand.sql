-- How long messages take from phones of each brand; one in a hundred takes longer than p99_latency_ms.
CREATE OR REPLACE VIEW telecom.serving.sms_latency_by_brand AS
SELECT
  COALESCE(device.brand, 'unknown') AS brand,
  COUNT(*) AS messages,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY sms.latency_ms) AS p50_latency_ms,
  PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY sms.latency_ms) AS p95_latency_ms,
  PERCENTILE_DISC(0.99) WITHIN GROUP (ORDER BY sms.latency_ms) AS p99_latency_ms
FROM telecom.gold.fact_sms AS sms
LEFT JOIN telecom.serving.dim_device AS device ON sms.from_tac = device.tac
WHERE sms.latency_ms IS NOT NULL
GROUP BY ALL;
