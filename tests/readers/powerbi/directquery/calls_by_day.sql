-- Calls by day, the line of the first page. The calendar is without the epoch.
select "_"."semijoin1.c12" as "c12", "_"."a0" as "a0"
from
(
    select "rows"."semijoin1.c12" as "semijoin1.c12", count(1) as "a0"
    from
    (
        select "$Inner"."semijoin1.c12"
        from
        (
            select "date_sk" as "basetable0.c1"
            from "gold"."fact_calls" "$Table"
        ) "$Outer"
        left outer join
        (
            select "_"."date_sk" as "semijoin1.c1", "_"."date_value" as "semijoin1.c12"
            from "gold"."dim_date" "_"
            where "_"."date_value" > date '1970-01-01'
        ) "$Inner" on ("$Outer"."basetable0.c1" = "$Inner"."semijoin1.c1")
    ) "rows"
    group by "semijoin1.c12"
) "_"
where not "_"."a0" is null
limit 1000001
