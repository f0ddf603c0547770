-- Every key of a contact is the one that its own columns give.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    UNNEST([
      {'entity': 'support', 'natural_key': support_id, 'sk': transaction_sk},
      {'entity': 'date', 'natural_key': CAST(CAST("timestamp" AS DATE) AS VARCHAR), 'sk': date_sk},
      {'entity': 'user', 'natural_key': phone_number, 'sk': user_sk},
      {'entity': 'agent', 'natural_key': agent_id, 'sk': agent_sk}
    ], recursive := TRUE)
  FROM telecom.gold.fact_support
)
WHERE sk IS DISTINCT FROM MD5(STRLEN(entity) || ':' || entity || ',' || STRLEN(natural_key) || ':' || natural_key || ',');
