-- Call revenue by region, of one currency and the last seven days.
select "_"."semijoin2.c7" as "c7", "_"."a0" as "a0"
from
(
    select "rows"."semijoin2.c7" as "semijoin2.c7", sum(cast("rows"."basetable0.a0" as numeric)) as "a0"
    from
    (
        select "$Outer"."basetable0.a0", "$Inner"."semijoin2.c7"
        from
        (
            select "$Outer"."basetable0.c5", "$Outer"."basetable0.a0"
            from
            (
                select "_"."date_sk" as "basetable0.c1", "_"."from_cell_sk" as "basetable0.c5", "_"."amount" as "basetable0.a0"
                from
                (
                    select "date_sk", "from_cell_sk", "amount", "currency"
                    from "gold"."fact_calls" "$Table"
                ) "_"
                where "_"."currency" = 'EGP'
            ) "$Outer"
            inner join
            (
                select "rows"."date_sk" as "semijoin1.c1"
                from
                (
                    select "_"."date_sk"
                    from "gold"."dim_date" "_"
                    where "_"."date_value" > date '1970-01-01' and "_"."date_value" >= date '2026-11-14' and "_"."date_value" < date '2026-11-21'
                ) "rows"
                group by "date_sk"
            ) "$Inner" on ("$Outer"."basetable0.c1" = "$Inner"."semijoin1.c1")
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
