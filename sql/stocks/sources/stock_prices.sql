-- Prices of shares and funds over a stretch of time, keyed by symbol, so that those of a symbol keep their order.
CREATE TEMPORARY TABLE stock_prices (
  symbol STRING,
  `timestamp` STRING,
  `open` DECIMAL(18, 4),
  high DECIMAL(18, 4),
  low DECIMAL(18, 4),
  `close` DECIMAL(18, 4),
  volume BIGINT
) WITH (
  'topic' = 'stock-prices',
  'value.whole-json.any-type' = 'timestamp'
) LIKE kafka_defaults;
