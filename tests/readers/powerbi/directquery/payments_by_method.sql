-- Payments and failed ones by method.
select "rows"."payment_method" as "c1", count(1) as "a0", sum(case when "rows"."status" = 'failed' then 1 else null end) as "a1"
from
(
    select "payment_method", "status"
    from "gold"."fact_payment" "$Table"
) "rows"
group by "payment_method"
limit 1000001
