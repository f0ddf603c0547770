-- Who answers the customers, by agent_id. A record without a value deletes the agent that its key names.
CREATE TEMPORARY TABLE agents (
  agent_id STRING,
  name STRING,
  department STRING,
  email STRING,
  updated_at STRING
) WITH (
  'topic' = 'agents',
  'value.whole-json.any-type' = 'updated_at'
) LIKE kafka_defaults;
