-- Every version of a user has the key that its phone_number gives.
SELECT user_sk, phone_number, kafka_partition, kafka_offset
FROM telecom.gold.dim_user_versions
WHERE user_sk IS DISTINCT FROM MD5('4:user,' || STRLEN(phone_number) || ':' || phone_number || ',');
