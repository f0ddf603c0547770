-- Each symbol's UTC days as they are known now, the day under way too. A day that the job had forgotten counts from 1 again, and is passed over.
CREATE OR REPLACE VIEW stocks.serving.daily_prices AS
SELECT
  symbol,
  open_price,
  high_price,
  low_price,
  close_price,
  volume,
  revision,
  day
FROM stocks.gold.daily_prices
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY symbol, day
  ORDER BY revision DESC, kafka_timestamp, kafka_partition, kafka_offset
) = 1;
