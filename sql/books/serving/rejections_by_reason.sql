-- Why rows are rejected, with their share of all rows and the newest example.
CREATE OR REPLACE VIEW books.serving.rejections_by_reason AS
SELECT
  rejection_reason,
  COUNT(*) AS rejected_records,
  ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 2) AS rejected_percent,
  ARG_MAX(rejection_detail, ROW(kafka_timestamp, kafka_partition, kafka_offset)) AS newest_detail
FROM books.silver.stg_books
GROUP BY rejection_reason
QUALIFY rejection_reason IS NOT NULL;
