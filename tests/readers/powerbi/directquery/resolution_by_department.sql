-- Contacts that were settled at once, by department, where there are more than two.
select "_"."semijoin1.c4" as "c4", "_"."a0" as "a0"
from
(
    select "rows"."semijoin1.c4" as "semijoin1.c4", count(1) as "a0"
    from
    (
        select "$Inner"."semijoin1.c4"
        from
        (
            select "_"."agent_sk" as "basetable0.c3"
            from "gold"."fact_support" "_"
            where "_"."first_call_resolution" = true and "_"."first_call_resolution" is not null
        ) "$Outer"
        left outer join
        (
            select "agent_sk" as "semijoin1.c3", "department" as "semijoin1.c4"
            from "serving"."dim_agent" "$Table"
        ) "$Inner" on ("$Outer"."basetable0.c3" = "$Inner"."semijoin1.c3")
    ) "rows"
    group by "semijoin1.c4"
    having count(1) > 2
) "_"
where not "_"."a0" is null
limit 1000001
