-- Every accepted contact has only values of the forms, sets and ranges that the rules allow.
SELECT *
FROM telecom.gold.fact_support
WHERE (
  TRIM(support_id) <> ''
  AND REGEXP_FULL_MATCH(customer_phone, '\+[1-9][0-9]{1,14}')
  AND REGEXP_FULL_MATCH(phone_number, '\+[1-9][0-9]{1,14}')
  AND channel IN ('phone', 'chat', 'email', 'app', 'store', 'social')
  AND COALESCE(resolution_time_seconds >= 0, TRUE)
  AND COALESCE(wait_time_seconds >= 0, TRUE)
  AND COALESCE(satisfaction_score BETWEEN 1 AND 5, TRUE)
  AND time_sk = CAST(STRFTIME("timestamp", '%H%M%S') AS INTEGER)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
