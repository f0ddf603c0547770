-- How much people call and write and what that brings in, by the plan that they had at the time.
CREATE OR REPLACE VIEW telecom.serving.usage_by_plan AS
WITH events AS (
  -- Not fact_events, which would look up the receivers too.
  SELECT
    from_phone_number,
    call_duration_seconds,
    call_type,
    amount,
    currency,
    "timestamp"
  FROM telecom.gold.fact_calls
  UNION ALL
  SELECT
    from_phone_number,
    NULL AS call_duration_seconds,
    NULL AS call_type,
    amount,
    currency,
    "timestamp"
  FROM telecom.gold.fact_sms
)
SELECT
  COALESCE(sender.plan, 'unknown') AS plan,
  events.currency,
  COUNT(*) FILTER (WHERE events.call_type IS NOT NULL) AS calls,
  COUNT(*) FILTER (WHERE events.call_type IS NULL) AS messages,
  ROUND(COALESCE(SUM(events.call_duration_seconds), 0) / 60.0, 1) AS call_minutes,
  SUM(events.amount) AS revenue
FROM events
LEFT JOIN telecom.serving.dim_user_history AS sender
  ON events.from_phone_number = sender.phone_number
  AND events."timestamp" >= sender.valid_from
  AND events."timestamp" < COALESCE(sender.valid_to, 'infinity')
GROUP BY ALL;
