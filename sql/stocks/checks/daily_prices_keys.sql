-- Every accepted price makes one revision of its day, and nothing else does.
SELECT
  kafka_partition,
  kafka_offset,
  fact.prices,
  daily.revisions
FROM (
  SELECT kafka_partition, kafka_offset, company_id AS symbol, CAST("timestamp" AS DATE) AS day, COUNT(*) AS prices
  FROM stocks.gold.fact_stock
  GROUP BY ALL
) AS fact
FULL JOIN (
  SELECT kafka_partition, kafka_offset, symbol, day, COUNT(*) AS revisions
  FROM stocks.gold.daily_prices
  GROUP BY ALL
) AS daily USING (kafka_partition, kafka_offset, symbol, day)
WHERE fact.prices IS DISTINCT FROM 1
  OR daily.revisions IS DISTINCT FROM 1;
