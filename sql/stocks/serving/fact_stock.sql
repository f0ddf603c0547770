-- Every accepted price. Of one symbol and time, id counts in Kafka's order: 1 is the price, the others are its corrections.
CREATE OR REPLACE VIEW stocks.serving.fact_stock AS
SELECT
  CAST(ROW_NUMBER() OVER (PARTITION BY "timestamp", company_id ORDER BY kafka_partition, kafka_offset) AS INTEGER) AS id,
  company_id,
  date_key,
  open_price,
  close_price,
  high_price,
  low_price,
  volume,
  "timestamp"
FROM stocks.gold.fact_stock;
