-- Every accepted call has only values that the rules allow.
SELECT *
FROM telecom.gold.fact_calls
WHERE (
  trim(call_id) <> ''
  AND regexp_full_match(from_phone_number, '\+[1-9][0-9]{1,14}')
  AND regexp_full_match(to_phone_number, '\+[1-9][0-9]{1,14}')
  AND from_phone_number <> to_phone_number
  AND regexp_full_match(from_imei, '[0-9]{15}')
  AND regexp_full_match(to_imei, '[0-9]{15}')
  AND from_tac = from_imei[:8]
  AND to_tac = to_imei[:8]
  AND regexp_full_match(from_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND regexp_full_match(to_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND status IN ('completed', 'dropped', 'failed', 'busy', 'no_answer')
  AND call_type IN ('voice', 'volte', 'vowifi', 'video')
  AND regexp_full_match(currency, '[A-Z]{3}')
  AND coalesce(call_duration_seconds >= 0, true)
  AND amount >= 0
  AND time_sk = CAST(strftime("timestamp", '%H%M%S') AS INT)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
