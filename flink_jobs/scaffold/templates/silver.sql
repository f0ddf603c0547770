-- The first rule that each record breaks, as `code: sentence`; its key and its time. Add your rules, or call a Python function here.
CREATE TEMPORARY VIEW judged_${stream} AS
SELECT
  id,
  name,
  amount,
  CASE
    WHEN decode_error IS NOT NULL THEN decode_error
    WHEN id IS NULL OR TRIM(id) = '' THEN 'missing_id: id is missing'
    WHEN amount < 0 THEN 'negative_amount: amount is negative'
  END AS broken_rule,
  surrogate_key('${stream}', id) AS ${stream}_sk,
  CAST(event_time(`timestamp`) AS TIMESTAMP_LTZ(6)) AS event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM ${stream};

-- How often one that breaks no rule has come, as long as the job remembers; the others share one count, so that they take no room.
CREATE TEMPORARY VIEW counted_${stream} AS
SELECT
  *,
  COUNT(*) OVER (PARTITION BY CASE WHEN broken_rule IS NULL THEN ${stream}_sk END ORDER BY PROCTIME()) AS arrivals
FROM judged_${stream};

-- A repeat is rejected too, by the last rule.
CREATE TEMPORARY VIEW ruled_${stream} AS
SELECT
  *,
  COALESCE(broken_rule, CASE WHEN arrivals > 1 THEN 'duplicate: one with this id was accepted before' END) AS verdict
FROM counted_${stream};

-- Every record, with what is wrong with it if anything is.
CREATE TEMPORARY VIEW silver_${stream} AS
SELECT
  ${stream}_sk,
  id,
  name,
  amount,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM ruled_${stream};

CREATE TABLE IF NOT EXISTS ${domain}.silver.${stream} (
  ${stream}_sk STRING COMMENT 'surrogate key of id',
  id STRING,
  name STRING,
  amount DECIMAL(18, 4),
  rejection_reason STRING COMMENT 'code of the first rule that the record breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence',
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6) COMMENT 'timestamp; null when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic ${topic}, the rejected ones too'
PARTITIONED BY (kafka_date);
