-- Every accepted recharge has only values that the rules allow.
SELECT *
FROM telecom.gold.fact_recharge
WHERE (
  trim(transaction_id) <> ''
  AND regexp_full_match(phone_number, '\+[1-9][0-9]{1,14}')
  AND payment_method IN ('card', 'cash', 'bank_transfer', 'wallet', 'voucher')
  AND regexp_full_match(currency, '[A-Z]{3}')
  AND amount >= 0
  AND coalesce(balance_after = balance_before + amount, true)
  AND time_sk = CAST(strftime("timestamp", '%H%M%S') AS INT)
  AND "timestamp" <= kafka_timestamp + INTERVAL 5 MINUTE
) IS NOT TRUE;
