-- Every accepted payment has only values of the forms, sets and ranges that the rules allow.
SELECT *
FROM telecom.gold.fact_payment
WHERE (
  TRIM(payment_id) <> ''
  AND REGEXP_FULL_MATCH(customer_phone, '\+[1-9][0-9]{1,14}')
  AND REGEXP_FULL_MATCH(phone_number, '\+[1-9][0-9]{1,14}')
  AND status IN ('completed', 'pending', 'failed', 'refunded')
  AND payment_method IN ('card', 'cash', 'bank_transfer', 'wallet', 'voucher')
  AND REGEXP_FULL_MATCH(currency, '[A-Z]{3}')
  AND payment_amount >= 0
  AND amount >= 0
  AND time_sk = CAST(STRFTIME("timestamp", '%H%M%S') AS INTEGER)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
