-- Call revenue by region, of one currency and all time.
select "_"."semijoin2.c7" as "c7", "_"."a0" as "a0"
from
(
    select "rows"."semijoin2.c7" as "semijoin2.c7", sum(cast("rows"."basetable0.a0" as numeric)) as "a0"
    from
    (
        select "$Outer"."basetable0.a0", "$Inner"."semijoin2.c7"
        from
        (
            select "_"."from_cell_sk" as "basetable0.c5", "_"."amount" as "basetable0.a0"
            from "gold"."fact_calls" "_"
            where "_"."currency" = 'EGP'
        ) "$Outer"
        left outer join
        (
            select "cell_sk" as "semijoin2.c5", "region" as "semijoin2.c7"
            from "serving"."dim_cell_site" "$Table"
        ) "$Inner" on ("$Outer"."basetable0.c5" = "$Inner"."semijoin2.c5")
    ) "rows"
    group by "semijoin2.c7"
) "_"
where not "_"."a0" is null
limit 1000001
