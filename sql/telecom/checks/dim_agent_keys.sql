-- Every version of an agent has the key that its agent_id gives.
SELECT agent_sk, agent_id, kafka_partition, kafka_offset
FROM telecom.gold.dim_agent_versions
WHERE agent_sk IS DISTINCT FROM md5('5:agent,' || strlen(agent_id) || ':' || agent_id || ',');
