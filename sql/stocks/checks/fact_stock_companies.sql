-- Every company_id of a price has its row in dim_companies.
SELECT fact.company_id, fact.kafka_partition, fact.kafka_offset
FROM stocks.gold.fact_stock AS fact
ANTI JOIN stocks.serving.dim_companies AS company ON fact.company_id = company.symbol;
