-- Calls of the last seven days by hour.
select "_"."semijoin2.c3" as "c3", "_"."a0" as "a0"
from
(
    select "rows"."semijoin2.c3" as "semijoin2.c3", count(1) as "a0"
    from
    (
        select "$Inner"."semijoin2.c3"
        from
        (
            select "$Outer"."basetable0.c2"
            from
            (
                select "date_sk" as "basetable0.c1", "time_sk" as "basetable0.c2"
                from "gold"."fact_calls" "$Table"
            ) "$Outer"
            inner join
            (
                select "_"."date_sk" as "semijoin1.c1"
                from "gold"."dim_date" "_"
                where "_"."date_value" >= date '2026-11-14' and "_"."date_value" < date '2026-11-21'
            ) "$Inner" on ("$Outer"."basetable0.c1" = "$Inner"."semijoin1.c1")
        ) "$Outer"
        left outer join
        (
            select "time_sk" as "semijoin2.c2", "hour" as "semijoin2.c3"
            from "gold"."dim_time" "$Table"
        ) "$Inner" on ("$Outer"."basetable0.c2" = "$Inner"."semijoin2.c2")
    ) "rows"
    group by "semijoin2.c3"
) "_"
where not "_"."a0" is null
limit 1000001
