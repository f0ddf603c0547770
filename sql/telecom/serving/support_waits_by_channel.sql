-- How long customers wait for support, and how often that is not the end of it.
CREATE OR REPLACE VIEW telecom.serving.support_waits_by_channel AS
SELECT
  channel,
  COUNT(*) AS contacts,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY wait_time_seconds) AS p50_wait_seconds,
  PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY wait_time_seconds) AS p95_wait_seconds,
  COUNT(*) FILTER (WHERE escalated) AS escalated_contacts,
  ROUND(100.0 * escalated_contacts / NULLIF(COUNT(escalated), 0), 1) AS escalated_percent
FROM telecom.gold.fact_support
GROUP BY ALL;
