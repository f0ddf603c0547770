-- What each record says: a tombstone deletes the agent that its key names, from its Kafka time on.
CREATE TEMPORARY VIEW agent_records AS
SELECT
  CASE WHEN kafka_value IS NULL THEN DECODE(kafka_key, 'UTF-8') ELSE agent_id END AS agent_id,
  name,
  department,
  email,
  CASE WHEN kafka_value IS NULL THEN CAST(kafka_timestamp AS STRING) ELSE updated_at END AS updated_at,
  CASE WHEN kafka_value IS NOT NULL THEN decode_error END AS decode_error,
  kafka_value IS NULL AS is_deleted,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM agents;

-- One crossing into Python judges, dates and keys each record.
CREATE TEMPORARY VIEW judged_agents AS
SELECT
  *,
  judge_agent(decode_error, agent_id, updated_at, CAST(kafka_timestamp AS STRING)) AS verdict,
  surrogate_key('agent', agent_id) AS agent_sk,
  CAST(event_time(updated_at) AS TIMESTAMP_LTZ(6)) AS event_time
FROM agent_records;

-- Every record, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_agents AS
SELECT
  agent_id,
  name,
  department,
  email,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  CAST(NULL AS STRING) AS repaired_columns,
  verdict IS NOT NULL AS is_rejected,
  is_deleted,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_agents;

CREATE TABLE IF NOT EXISTS telecom.silver.agents (
  agent_id STRING COMMENT 'personal',
  name STRING COMMENT 'personal',
  department STRING,
  email STRING COMMENT 'personal',
  rejection_reason STRING COMMENT 'code of the first rule that the record breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value; personal',
  repaired_columns STRING COMMENT 'null: no default stands in for what a member lacks',
  is_rejected BOOLEAN,
  is_deleted BOOLEAN COMMENT 'whether the record is a tombstone, of which only the key says anything',
  event_time TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a tombstone its kafka_timestamp; null when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic agents, the rejected ones too'
PARTITIONED BY (kafka_date);
