CREATE TEMPORARY VIEW dim_hour AS SELECT 1 AS hour_sk;

CREATE TABLE IF NOT EXISTS shop.gold.dim_hour (
  hour_sk INT
);
