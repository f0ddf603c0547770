-- A table of single calls, the newest first.
select "_"."transaction_sk", "_"."timestamp", "_"."amount"
from
(
    select "transaction_sk", "timestamp", "amount"
    from "gold"."fact_calls" "$Table"
    where "kafka_timestamp" >= timestamp with time zone '2026-11-20 23:00:00+00'
) "_"
order by "_"."timestamp" desc, "_"."transaction_sk"
limit 501
