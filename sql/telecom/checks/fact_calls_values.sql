-- Every accepted call has only values of the forms, sets and ranges that the rules allow.
SELECT *
FROM telecom.gold.fact_calls
WHERE (
  TRIM(call_id) <> ''
  AND REGEXP_FULL_MATCH(from_phone_number, '\+[1-9][0-9]{1,14}')
  AND REGEXP_FULL_MATCH(to_phone_number, '\+[1-9][0-9]{1,14}')
  AND from_phone_number <> to_phone_number
  AND REGEXP_FULL_MATCH(from_imei, '[0-9]{15}')
  AND REGEXP_FULL_MATCH(to_imei, '[0-9]{15}')
  AND from_tac = from_imei[:8]
  AND to_tac = to_imei[:8]
  AND REGEXP_FULL_MATCH(from_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND REGEXP_FULL_MATCH(to_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND status IN ('completed', 'dropped', 'failed', 'busy', 'no_answer')
  AND call_type IN ('voice', 'volte', 'vowifi', 'video')
  AND REGEXP_FULL_MATCH(currency, '[A-Z]{3}')
  AND COALESCE(call_duration_seconds >= 0, TRUE)
  AND amount >= 0
  AND time_sk = CAST(STRFTIME("timestamp", '%H%M%S') AS INTEGER)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
