CREATE TEMPORARY VIEW dim_hour AS SELECT 1 AS hour_sk, 'one' AS name;

CREATE TABLE IF NOT EXISTS shop.gold.dim_hour (
  hour_sk INT,
  name STRING
) COMMENT 'One row for each hour of a day';
