-- Every version of a device has the key that its tac gives.
SELECT device_sk, tac, kafka_partition, kafka_offset
FROM telecom.gold.dim_device_versions
WHERE device_sk IS DISTINCT FROM MD5('6:device,' || STRLEN(tac) || ':' || tac || ',');
