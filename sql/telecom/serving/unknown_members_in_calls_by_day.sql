-- How many calls name a caller, cell site or device that nobody has sent. Those without a readable timestamp have no day and are left out.
CREATE OR REPLACE VIEW telecom.serving.unknown_members_in_calls_by_day AS
SELECT
  CAST(calls."timestamp" AT TIME ZONE 'UTC' AS DATE) AS day,
  COUNT(*) AS calls,
  ROUND(100.0 * COUNT(*) FILTER (WHERE caller.is_inferred IS NOT FALSE) / COUNT(*), 1) AS unknown_caller_percent,
  ROUND(100.0 * COUNT(*) FILTER (WHERE cell_site.is_inferred IS NOT FALSE) / COUNT(*), 1) AS unknown_cell_site_percent,
  ROUND(100.0 * COUNT(*) FILTER (WHERE device.is_inferred IS NOT FALSE) / COUNT(*), 1) AS unknown_device_percent
FROM telecom.gold.fact_calls AS calls
LEFT JOIN telecom.serving.dim_user AS caller ON calls.from_user_sk = caller.user_sk
LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON calls.from_cell_sk = cell_site.cell_sk
LEFT JOIN telecom.serving.dim_device AS device ON calls.from_device_sk = device.device_sk
WHERE calls."timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
GROUP BY ALL;
