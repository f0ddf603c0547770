-- Who and what is at both ends of a message. Without the CASTs Flink would take the array's columns for NOT NULL.
CREATE TEMPORARY VIEW sms_mentions AS
SELECT
  entity,
  natural_key,
  member_sk,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM fact_sms
CROSS JOIN UNNEST(
  ARRAY[
    ROW(CAST('user' AS STRING), from_phone_number, from_user_sk),
    ROW(CAST('user' AS STRING), to_phone_number, to_user_sk),
    ROW(CAST('cell_site' AS STRING), from_cell_site, from_cell_sk),
    ROW(CAST('cell_site' AS STRING), to_cell_site, to_cell_sk),
    ROW(CAST('device' AS STRING), from_tac, from_device_sk),
    ROW(CAST('device' AS STRING), to_tac, to_device_sk)
  ]
) AS mentioned (entity, natural_key, member_sk)
WHERE natural_key IS NOT NULL;

-- The first mention of each member, so that readers find those that nobody sent without a scan of all facts.
CREATE TEMPORARY VIEW sms_members AS
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
  FROM sms_mentions
)
WHERE mention = 1;

CREATE TABLE IF NOT EXISTS telecom.gold.sms_members (
  entity STRING COMMENT 'user, cell_site or device',
  natural_key STRING COMMENT 'phone_number, cell_id or tac; personal',
  member_sk STRING COMMENT 'user_sk, cell_sk or device_sk; personal',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each member that accepted messages name; one more when the job has forgotten it, after a day or a start without its state'
PARTITIONED BY (kafka_date);
