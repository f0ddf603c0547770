-- How many calls name a caller, cell site or device that nobody has sent. Those without a readable timestamp have no day and are left out.
CREATE OR REPLACE VIEW telecom.serving.unknown_members_in_calls_by_day AS
WITH days AS (
  SELECT
    TIME_BUCKET(INTERVAL '24 hours', calls."timestamp", TIMESTAMPTZ '1970-01-01 00:00:00+00') AS began,
    COUNT(*) AS calls,
    COUNT(*) FILTER (WHERE caller.is_inferred IS NOT FALSE) AS unknown_callers,
    COUNT(*) FILTER (WHERE cell_site.is_inferred IS NOT FALSE) AS unknown_cell_sites,
    COUNT(*) FILTER (WHERE device.is_inferred IS NOT FALSE) AS unknown_devices
  FROM telecom.gold.fact_calls AS calls
  LEFT JOIN telecom.serving.dim_user AS caller ON calls.from_phone_number = caller.phone_number
  LEFT JOIN telecom.serving.dim_cell_site AS cell_site ON calls.from_cell_site = cell_site.cell_id
  LEFT JOIN telecom.serving.dim_device AS device ON calls.from_tac = device.tac
  WHERE calls."timestamp" <> TIMESTAMPTZ '1970-01-01 00:00:00+00'
  GROUP BY ALL
)
SELECT
  CAST(began AT TIME ZONE 'UTC' AS DATE) AS day,
  calls,
  ROUND(100.0 * unknown_callers / calls, 1) AS unknown_caller_percent,
  ROUND(100.0 * unknown_cell_sites / calls, 1) AS unknown_cell_site_percent,
  ROUND(100.0 * unknown_devices / calls, 1) AS unknown_device_percent
FROM days;
