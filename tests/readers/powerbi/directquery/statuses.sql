-- The values of a slicer on a column of a fact.
select "status" as "c1"
from
(
    select "status"
    from "gold"."fact_calls" "$Table"
) "rows"
group by "status"
order by "status"
limit 501
