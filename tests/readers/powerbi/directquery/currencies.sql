-- The values of the slicer Currency.
select "currency" as "c1"
from
(
    select "currency"
    from "serving"."dim_currency" "$Table"
) "rows"
group by "currency"
order by "currency"
limit 501
