-- Every key of a message is the one that its own columns give.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    UNNEST([
      {'entity': 'sms', 'natural_key': sms_id, 'sk': transaction_sk},
      {'entity': 'date', 'natural_key': CAST(CAST("timestamp" AS DATE) AS VARCHAR), 'sk': date_sk},
      {'entity': 'user', 'natural_key': from_phone_number, 'sk': from_user_sk},
      {'entity': 'user', 'natural_key': to_phone_number, 'sk': to_user_sk},
      {'entity': 'cell_site', 'natural_key': from_cell_site, 'sk': from_cell_sk},
      {'entity': 'cell_site', 'natural_key': to_cell_site, 'sk': to_cell_sk},
      {'entity': 'device', 'natural_key': from_tac, 'sk': from_device_sk},
      {'entity': 'device', 'natural_key': to_tac, 'sk': to_device_sk}
    ], recursive := TRUE)
  FROM telecom.gold.fact_sms
)
WHERE sk IS DISTINCT FROM MD5(STRLEN(entity) || ':' || entity || ',' || STRLEN(natural_key) || ':' || natural_key || ',');
