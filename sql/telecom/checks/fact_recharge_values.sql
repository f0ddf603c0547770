-- Every accepted recharge has only values of the forms, sets and ranges that the rules allow.
SELECT *
FROM telecom.gold.fact_recharge
WHERE (
  TRIM(transaction_id) <> ''
  AND REGEXP_FULL_MATCH(phone_number, '\+[1-9][0-9]{1,14}')
  AND payment_method IN ('card', 'cash', 'bank_transfer', 'wallet', 'voucher')
  AND REGEXP_FULL_MATCH(currency, '[A-Z]{3}')
  AND amount >= 0
  AND COALESCE(balance_after = balance_before + amount, TRUE)
  AND time_sk = CAST(STRFTIME("timestamp", '%H%M%S') AS INTEGER)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
