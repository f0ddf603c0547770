-- Each agent as it was from some time on; readers see these in order, in whatever order they came.
CREATE TEMPORARY VIEW dim_agent_versions AS
SELECT
  agent_sk,
  agent_id,
  name,
  department,
  email,
  is_deleted,
  event_time AS valid_from,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_agents
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS telecom.gold.dim_agent_versions (
  agent_sk STRING COMMENT 'surrogate key of agent_id',
  agent_id STRING COMMENT 'personal',
  name STRING COMMENT 'personal',
  department STRING,
  email STRING COMMENT 'personal',
  is_deleted BOOLEAN COMMENT 'whether there is no such agent from then on; all else but the key is null',
  valid_from TIMESTAMP_LTZ(6) COMMENT 'updated_at; for a deletion its kafka_timestamp',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted record of the topic agents; not partitioned, since readers need all days and a day has few rows';
