-- Every date_key of a price has its row in dim_date.
SELECT fact.date_key, fact.kafka_partition, fact.kafka_offset
FROM stocks.gold.fact_stock AS fact
ANTI JOIN stocks.serving.dim_date AS time USING (date_key);
