-- Whom a contact is about and who took it, if anybody did. Without the CASTs Flink would take the array's columns for NOT NULL.
CREATE TEMPORARY VIEW support_mentions AS
SELECT
  entity,
  natural_key,
  member_sk,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM fact_support
CROSS JOIN UNNEST(
  ARRAY[
    ROW(CAST('user' AS STRING), phone_number, user_sk),
    ROW(CAST('agent' AS STRING), agent_id, agent_sk)
  ]
) AS mentioned (entity, natural_key, member_sk)
WHERE natural_key IS NOT NULL;

-- The first mention of each member, so that readers find those that nobody sent without a scan of all facts.
CREATE TEMPORARY VIEW support_members AS
SELECT
  entity,
  natural_key,
  member_sk,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY entity, natural_key ORDER BY PROCTIME()) AS mention
  FROM support_mentions
)
WHERE mention = 1;

CREATE TABLE IF NOT EXISTS telecom.gold.support_members (
  entity STRING COMMENT 'user or agent',
  natural_key STRING COMMENT 'phone_number or agent_id; personal',
  member_sk STRING COMMENT 'user_sk or agent_sk; personal',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each member that accepted contacts name; one more when the job has forgotten it, after a day or a start without its state'
PARTITIONED BY (kafka_date);
