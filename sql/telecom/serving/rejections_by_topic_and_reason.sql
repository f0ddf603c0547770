-- Why records are rejected: each topic's reasons, with their share of all its records and the newest example.
CREATE OR REPLACE VIEW telecom.serving.rejections_by_topic_and_reason AS
WITH records AS (
  SELECT
    'calls' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.calls
  UNION ALL
  SELECT
    'sms' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.sms
  UNION ALL
  SELECT
    'payment' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.payment
  UNION ALL
  SELECT
    'recharge' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.recharge
  UNION ALL
  SELECT
    'support' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.support
  UNION ALL
  SELECT
    'users' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.users
  UNION ALL
  SELECT
    'devices' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.devices
  UNION ALL
  SELECT
    'cell_sites' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.cell_sites
  UNION ALL
  SELECT
    'agents' AS topic,
    rejection_reason,
    rejection_detail,
    kafka_partition,
    kafka_offset,
    kafka_timestamp
  FROM telecom.silver.agents
)
SELECT
  topic,
  rejection_reason,
  COUNT(*) AS rejected_records,
  ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY topic), 2) AS rejected_percent,
  ARG_MAX(rejection_detail, ROW(kafka_timestamp, kafka_partition, kafka_offset)) FILTER (WHERE rejection_reason IS NOT NULL) AS newest_detail
FROM records
GROUP BY topic, rejection_reason
QUALIFY rejection_reason IS NOT NULL;
