-- Every price has the key of its time: the MD5 of that as DD-MM-YYYY HH:MM.
SELECT company_id, date_key, "timestamp", kafka_partition, kafka_offset
FROM stocks.gold.fact_stock
WHERE date_key IS DISTINCT FROM MD5('9:timestamp,16:' || STRFTIME("timestamp", '%d-%m-%Y %H:%M') || ',');
