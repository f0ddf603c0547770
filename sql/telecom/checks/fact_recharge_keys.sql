-- Every key of a recharge is the one that its own columns give.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    UNNEST([
      {'entity': 'recharge', 'natural_key': transaction_id, 'sk': transaction_sk},
      {'entity': 'date', 'natural_key': CAST(CAST("timestamp" AS DATE) AS VARCHAR), 'sk': date_sk},
      {'entity': 'user', 'natural_key': phone_number, 'sk': user_sk}
    ], recursive := TRUE)
  FROM telecom.gold.fact_recharge
)
WHERE sk IS DISTINCT FROM MD5(STRLEN(entity) || ':' || entity || ',' || STRLEN(natural_key) || ':' || natural_key || ',');
