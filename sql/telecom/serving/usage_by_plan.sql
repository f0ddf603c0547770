-- How much people call and write and what that brings in, by the plan that they had at the time.
CREATE OR REPLACE VIEW telecom.serving.usage_by_plan AS
SELECT
  COALESCE(plan_sender, 'unknown') AS plan,
  currency,
  COUNT(*) FILTER (WHERE call_type IS NOT NULL) AS calls,
  COUNT(*) FILTER (WHERE call_type IS NULL) AS messages,
  ROUND(COALESCE(SUM(call_duration_seconds), 0) / 60.0, 1) AS call_minutes,
  SUM(amount) AS revenue
FROM telecom.serving.fact_events
GROUP BY ALL;
