-- Warning: every day is what all of its prices give; one that differs has a price that came too late to count.
WITH times AS (
  -- Of prices of the same time, the last one in Kafka counts, but for the highest and the lowest.
  SELECT
    company_id AS symbol,
    "timestamp",
    LAST(open_price ORDER BY kafka_partition, kafka_offset) AS open_price,
    MAX(high_price) AS high_price,
    MIN(low_price) AS low_price,
    LAST(close_price ORDER BY kafka_partition, kafka_offset) AS close_price,
    LAST(COALESCE(volume, 0) ORDER BY kafka_partition, kafka_offset) AS volume,
    COUNT(*) AS prices
  FROM stocks.gold.fact_stock
  GROUP BY company_id, "timestamp"
),
days AS (
  SELECT
    symbol,
    FIRST(open_price ORDER BY "timestamp") AS open_price,
    MAX(high_price) AS high_price,
    MIN(low_price) AS low_price,
    LAST(close_price ORDER BY "timestamp") AS close_price,
    SUM(volume) AS volume,
    SUM(prices) AS revision,
    CAST("timestamp" AS DATE) AS day
  FROM times
  GROUP BY symbol, day
)
FROM (
  FROM days
  EXCEPT
  FROM stocks.serving.daily_prices
)
ORDER BY symbol, day;
