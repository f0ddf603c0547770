-- Dropped calls by cell site and city, the numerator of Drop rate in the table of the first page.
select "_"."semijoin1.c4" as "c4", "_"."semijoin1.c5" as "c5", "_"."a0" as "a0"
from
(
    select "rows"."semijoin1.c4" as "semijoin1.c4", "rows"."semijoin1.c5" as "semijoin1.c5", count(1) as "a0"
    from
    (
        select "$Inner"."semijoin1.c4", "$Inner"."semijoin1.c5"
        from
        (
            select "_"."from_cell_sk" as "basetable0.c3"
            from "gold"."fact_calls" "_"
            where "_"."status" = 'dropped'
        ) "$Outer"
        left outer join
        (
            select "cell_sk" as "semijoin1.c3", "site_name" as "semijoin1.c4", "city" as "semijoin1.c5"
            from "serving"."dim_cell_site" "$Table"
        ) "$Inner" on ("$Outer"."basetable0.c3" = "$Inner"."semijoin1.c3")
    ) "rows"
    group by "semijoin1.c4", "semijoin1.c5"
) "_"
where not "_"."a0" is null
limit 1000001
