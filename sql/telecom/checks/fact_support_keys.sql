-- Every key of a support request is the one that its own columns give.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    unnest([
      {'entity': 'support', 'natural_key': support_id, 'sk': transaction_sk},
      {'entity': 'date', 'natural_key': CAST(CAST("timestamp" AS DATE) AS VARCHAR), 'sk': date_sk},
      {'entity': 'user', 'natural_key': phone_number, 'sk': user_sk},
      {'entity': 'agent', 'natural_key': agent_id, 'sk': agent_sk}
    ], recursive := true)
  FROM telecom.gold.fact_support
)
WHERE sk IS DISTINCT FROM md5(strlen(entity) || ':' || entity || ',' || strlen(natural_key) || ':' || natural_key || ',');
