-- Every accepted support request has only values that the rules allow.
SELECT *
FROM telecom.gold.fact_support
WHERE (
  trim(support_id) <> ''
  AND regexp_full_match(customer_phone, '\+[1-9][0-9]{1,14}')
  AND regexp_full_match(phone_number, '\+[1-9][0-9]{1,14}')
  AND channel IN ('phone', 'chat', 'email', 'app', 'store', 'social')
  AND coalesce(resolution_time_seconds >= 0, true)
  AND coalesce(wait_time_seconds >= 0, true)
  AND coalesce(satisfaction_score BETWEEN 1 AND 5, true)
  AND time_sk = CAST(strftime("timestamp", '%H%M%S') AS INT)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
