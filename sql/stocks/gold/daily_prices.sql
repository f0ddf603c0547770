-- The UTC day of each price, and what its volume adds to that day: a correction only what it differs by from the price that it corrects.
CREATE TEMPORARY VIEW prices_of_day AS
SELECT
  company_id AS symbol,
  open_price,
  high_price,
  low_price,
  close_price,
  COALESCE(volume, 0) - COALESCE(LAG(COALESCE(volume, 0)) OVER (PARTITION BY company_id, `timestamp` ORDER BY PROCTIME()), 0) AS added_volume,
  CAST(`timestamp` AS DATE) AS `day`,
  `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM fact_stock;

-- The day as it is known with this price. Nothing waits for a day's end, so the day under way is seen live, and a late price is one more.
CREATE TEMPORARY VIEW known_days AS
SELECT
  symbol,
  open_price,
  MAX(high_price) OVER so_far AS high_price,
  MIN(low_price) OVER so_far AS low_price,
  close_price,
  SUM(added_volume) OVER so_far AS volume,
  COUNT(*) OVER so_far AS revision,
  `day`,
  `timestamp`,
  MIN(`timestamp`) OVER so_far AS first_time,
  MAX(`timestamp`) OVER so_far AS last_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM prices_of_day
WINDOW so_far AS (PARTITION BY symbol, `day` ORDER BY PROCTIME());

-- A price at an end of its day sets the open or the close; LAST_VALUE passes over the NULLs of the others.
CREATE TEMPORARY VIEW daily_prices AS
SELECT
  symbol,
  LAST_VALUE(CASE WHEN `timestamp` = first_time THEN open_price END) OVER so_far AS open_price,
  high_price,
  low_price,
  LAST_VALUE(CASE WHEN `timestamp` = last_time THEN close_price END) OVER so_far AS close_price,
  volume,
  revision,
  `day`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM known_days
WINDOW so_far AS (PARTITION BY symbol, `day` ORDER BY PROCTIME());

CREATE TABLE IF NOT EXISTS stocks.gold.daily_prices (
  symbol STRING,
  open_price DECIMAL(18, 4) COMMENT 'of the earliest time of the day; where that came again, of its newest arrival',
  high_price DECIMAL(18, 4) COMMENT 'the highest that was reported, whether corrected or not',
  low_price DECIMAL(18, 4) COMMENT 'the lowest that was reported, whether corrected or not',
  close_price DECIMAL(18, 4) COMMENT 'of the latest time of the day; where that came again, of its newest arrival',
  volume BIGINT COMMENT 'shares traded, of each time as its newest arrival says',
  revision BIGINT COMMENT 'how many prices of the day are known; from 1 again when the job had forgotten the day',
  `day` DATE COMMENT 'UTC day of the prices',
  kafka_partition INT NOT NULL COMMENT 'with kafka_offset: the price that made this revision',
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted price: its day as it is known from then on. The highest revision of a symbol and day counts'
PARTITIONED BY (kafka_date);
