-- Seconds spoken in the last seven days by the caller's plan.
select "_"."semijoin2.c9" as "c9", "_"."a0" as "a0"
from
(
    select "rows"."semijoin2.c9" as "semijoin2.c9", sum(cast("rows"."basetable0.a0" as numeric)) as "a0"
    from
    (
        select "$Outer"."basetable0.a0", "$Inner"."semijoin2.c9"
        from
        (
            select "$Outer"."basetable0.c2", "$Outer"."basetable0.a0"
            from
            (
                select "date_sk" as "basetable0.c1", "from_user_sk" as "basetable0.c2", "call_duration_seconds" as "basetable0.a0"
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
            select "user_sk" as "semijoin2.c2", "plan" as "semijoin2.c9"
            from "serving"."dim_user" "$Table"
        ) "$Inner" on ("$Outer"."basetable0.c2" = "$Inner"."semijoin2.c2")
    ) "rows"
    group by "semijoin2.c9"
) "_"
where not "_"."a0" is null
limit 1000001
