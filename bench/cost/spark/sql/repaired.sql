-- Defaults stand in for an unreadable timestamp and an absent amount, and are named.
CREATE TEMPORARY VIEW repaired_calls AS
SELECT
  *,
  coalesce(billed_amount, 0) AS amount,
  coalesce(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS event_time,
  nullif(
    concat_ws(
      ',',
      CASE WHEN readable_time IS NULL THEN 'timestamp' END,
      CASE WHEN billed_amount IS NULL THEN 'amount' END
    ),
    ''
  ) AS repaired_columns
FROM judged_calls;
