-- Every accepted message has only values of the forms, sets and ranges that the rules allow.
SELECT *
FROM telecom.gold.fact_sms
WHERE (
  TRIM(sms_id) <> ''
  AND REGEXP_FULL_MATCH(from_phone_number, '\+[1-9][0-9]{1,14}')
  AND REGEXP_FULL_MATCH(to_phone_number, '\+[1-9][0-9]{1,14}')
  AND from_phone_number <> to_phone_number
  AND REGEXP_FULL_MATCH(from_imei, '[0-9]{15}')
  AND REGEXP_FULL_MATCH(to_imei, '[0-9]{15}')
  AND from_tac = from_imei[:8]
  AND to_tac = to_imei[:8]
  AND REGEXP_FULL_MATCH(from_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND REGEXP_FULL_MATCH(to_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND status IN ('sent', 'delivered', 'failed', 'expired')
  AND REGEXP_FULL_MATCH(currency, '[A-Z]{3}')
  AND amount >= 0
  AND COALESCE(latency_ms >= 0, TRUE)
  AND COALESCE(jitter_ms >= 0, TRUE)
  AND COALESCE(signal_strength_dbm BETWEEN -140 AND -30, TRUE)
  AND time_sk = CAST(STRFTIME("timestamp", '%H%M%S') AS INTEGER)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
