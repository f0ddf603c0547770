-- The card Callers on one day: a distinct count, in which DAX counts NULL as one more.
select (count(distinct "rows"."basetable0.a0") + max(case when "rows"."basetable0.a0" is null then 1 else 0 end)) as "a0"
from
(
    select "$Outer"."basetable0.a0"
    from
    (
        select "date_sk" as "basetable0.c1", "from_user_sk" as "basetable0.a0"
        from "gold"."fact_calls" "$Table"
    ) "$Outer"
    inner join
    (
        select "_"."date_sk" as "semijoin1.c1"
        from "gold"."dim_date" "_"
        where "_"."date_value" = date '2026-11-20'
    ) "$Inner" on ("$Outer"."basetable0.c1" = "$Inner"."semijoin1.c1")
) "rows"
limit 1000001
