-- Whose number is recharged.
CREATE TEMPORARY VIEW recharge_mentions AS
SELECT
  'user' AS entity,
  phone_number AS natural_key,
  user_sk AS member_sk,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM fact_recharge;

-- The first mention of each member, so that readers find those that nobody sent without a scan of all facts.
CREATE TEMPORARY VIEW recharge_members AS
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
  FROM recharge_mentions
)
WHERE mention = 1;

CREATE TABLE IF NOT EXISTS telecom.gold.recharge_members (
  entity STRING COMMENT 'user',
  natural_key STRING COMMENT 'phone_number; personal',
  member_sk STRING COMMENT 'user_sk; personal',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each member that accepted recharges name; one more when the job has forgotten it, after a day or a start without its state'
PARTITIONED BY (kafka_date);
