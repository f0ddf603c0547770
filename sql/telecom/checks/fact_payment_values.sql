-- Every accepted payment has only values that the rules allow.
SELECT *
FROM telecom.gold.fact_payment
WHERE (
  trim(payment_id) <> ''
  AND regexp_full_match(customer_phone, '\+[1-9][0-9]{1,14}')
  AND regexp_full_match(phone_number, '\+[1-9][0-9]{1,14}')
  AND status IN ('completed', 'pending', 'failed', 'refunded')
  AND payment_method IN ('card', 'cash', 'bank_transfer', 'wallet', 'voucher')
  AND regexp_full_match(currency, '[A-Z]{3}')
  AND payment_amount >= 0
  AND amount >= 0
  AND time_sk = CAST(strftime("timestamp", '%H%M%S') AS INT)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
