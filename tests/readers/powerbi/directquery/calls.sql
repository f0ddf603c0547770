-- The card Calls.
select count(*) as "a0"
from
(
    select "transaction_sk"
    from "gold"."fact_calls" "$Table"
) "rows"
limit 1000001
