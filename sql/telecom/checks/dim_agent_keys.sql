-- Every version of an agent has the key that its agent_id gives.
SELECT agent_sk, agent_id, kafka_partition, kafka_offset
FROM telecom.gold.dim_agent_versions
WHERE agent_sk IS DISTINCT FROM MD5('5:agent,' || STRLEN(agent_id) || ':' || agent_id || ',');
