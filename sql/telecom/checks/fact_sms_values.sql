-- Every accepted SMS has only values that the rules allow.
SELECT *
FROM telecom.gold.fact_sms
WHERE (
  trim(sms_id) <> ''
  AND regexp_full_match(from_phone_number, '\+[1-9][0-9]{1,14}')
  AND regexp_full_match(to_phone_number, '\+[1-9][0-9]{1,14}')
  AND from_phone_number <> to_phone_number
  AND regexp_full_match(from_imei, '[0-9]{15}')
  AND regexp_full_match(to_imei, '[0-9]{15}')
  AND from_tac = from_imei[:8]
  AND to_tac = to_imei[:8]
  AND regexp_full_match(from_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND regexp_full_match(to_cell_site, '[A-Z]{3}-[0-9]{4}')
  AND status IN ('sent', 'delivered', 'failed', 'expired')
  AND regexp_full_match(currency, '[A-Z]{3}')
  AND amount >= 0
  AND coalesce(latency_ms >= 0, true)
  AND coalesce(jitter_ms >= 0, true)
  AND coalesce(signal_strength_dbm BETWEEN -140 AND -30, true)
  AND time_sk = CAST(strftime("timestamp", '%H%M%S') AS INT)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
