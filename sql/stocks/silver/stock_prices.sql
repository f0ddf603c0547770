-- One crossing into Python judges, dates and keys each price.
CREATE TEMPORARY VIEW judged_stock_prices AS
SELECT
  symbol,
  judge_price(
    decode_error,
    symbol,
    `timestamp`,
    `open`,
    high,
    low,
    `close`,
    volume,
    CAST(kafka_timestamp AS STRING)
  ) AS verdict,
  surrogate_key('timestamp', `timestamp`) AS date_key,
  `open` AS open_price,
  high AS high_price,
  low AS low_price,
  `close` AS close_price,
  volume,
  CAST(price_time(`timestamp`) AS TIMESTAMP_LTZ(6)) AS event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM stock_prices;

-- Every price, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW silver_stock_prices AS
SELECT
  symbol,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  open_price,
  high_price,
  low_price,
  close_price,
  volume,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_stock_prices;

CREATE TABLE IF NOT EXISTS stocks.silver.stock_prices (
  symbol STRING,
  rejection_reason STRING COMMENT 'code of the first rule that the price breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value',
  open_price DECIMAL(18, 4),
  high_price DECIMAL(18, 4),
  low_price DECIMAL(18, 4),
  close_price DECIMAL(18, 4),
  volume BIGINT COMMENT 'shares traded; null when nobody said',
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6) COMMENT 'the timestamp, read as UTC; null when absent or unreadable',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic stock-prices, the rejected ones too'
PARTITIONED BY (kafka_date);
