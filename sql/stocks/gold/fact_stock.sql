-- The prices that broke no rule. One of the same symbol and time may come again, as a correction: both are facts.
CREATE TEMPORARY VIEW fact_stock AS
SELECT
  symbol AS company_id,
  date_key,
  open_price,
  close_price,
  high_price,
  low_price,
  volume,
  event_time AS `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_stock_prices
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS stocks.gold.fact_stock (
  company_id STRING COMMENT 'dim_companies, by symbol',
  date_key STRING COMMENT 'dim_date, by timestamp',
  open_price DECIMAL(18, 4),
  close_price DECIMAL(18, 4),
  high_price DECIMAL(18, 4),
  low_price DECIMAL(18, 4),
  volume BIGINT COMMENT 'shares traded; null when nobody said',
  `timestamp` TIMESTAMP_LTZ(6) COMMENT 'what time the price is of, UTC',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted price, corrections too'
PARTITIONED BY (kafka_date);
