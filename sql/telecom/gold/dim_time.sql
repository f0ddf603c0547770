-- What a report groups a moment of the day by.
CREATE TEMPORARY VIEW dim_time AS
SELECT
  LPAD(CAST(h AS STRING), 2, '0') || ':' || LPAD(CAST(m AS STRING), 2, '0') AS hour_minute,
  CAST(MOD(h + 11, 12) + 1 AS STRING) || CASE WHEN h < 12 THEN ' AM' ELSE ' PM' END AS hour_am_pm,
  CASE
    WHEN h < 6 THEN 'Night'
    WHEN h < 12 THEN 'Morning'
    WHEN h < 18 THEN 'Afternoon'
    ELSE 'Evening'
  END AS time_period,
  h * 10000 + m * 100 + s AS time_sk,
  h AS `hour`,
  m AS `minute`,
  s AS `second`
FROM (
  SELECT
    second_number / 3600 AS h,
    MOD(second_number / 60, 60) AS m,
    MOD(second_number, 60) AS s
  FROM seconds_of_day
);

CREATE TABLE IF NOT EXISTS telecom.gold.dim_time (
  hour_minute STRING COMMENT 'HH:MM',
  hour_am_pm STRING COMMENT '12 AM to 11 PM',
  time_period STRING COMMENT 'Night, Morning, Afternoon or Evening, six hours each',
  time_sk INT COMMENT 'hhmmss',
  `hour` INT,
  `minute` INT,
  `second` INT
) COMMENT 'One row for each second of a day';
