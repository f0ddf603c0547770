-- Every key of a payment is the one that its own columns give.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    UNNEST([
      {'entity': 'payment', 'natural_key': payment_id, 'sk': transaction_sk},
      {'entity': 'date', 'natural_key': CAST(CAST("timestamp" AS DATE) AS VARCHAR), 'sk': date_sk},
      {'entity': 'user', 'natural_key': phone_number, 'sk': user_sk}
    ], recursive := TRUE)
  FROM telecom.gold.fact_payment
)
WHERE sk IS DISTINCT FROM MD5(STRLEN(entity) || ':' || entity || ',' || STRLEN(natural_key) || ':' || natural_key || ',');
