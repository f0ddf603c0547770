-- The days that reports look at, and the epoch's, on which events without a readable timestamp stand.
CREATE TEMPORARY VIEW days AS
SELECT
  CASE
    WHEN day_number < 0 THEN DATE '1970-01-01'
    ELSE CAST(TIMESTAMPADD(DAY, day_number, DATE '2015-01-01') AS DATE)
  END AS date_value
FROM calendar_days;

-- What a report groups a day by; weeks and weekdays as in ISO 8601.
CREATE TEMPORARY VIEW dim_date AS
SELECT
  surrogate_key('date', date_value) AS date_sk,
  ELT(CAST(QUARTER(date_value) AS INT), 'Q1', 'Q2', 'Q3', 'Q4') AS quarter_name,
  ELT(
    CAST(MONTH(date_value) AS INT),
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December'
  ) AS month_name,
  ELT(
    CAST(DAYOFWEEK(date_value) AS INT),
    'Sunday',
    'Monday',
    'Tuesday',
    'Wednesday',
    'Thursday',
    'Friday',
    'Saturday'
  ) AS day_name,
  CAST(YEAR(date_value) * 10000 + MONTH(date_value) * 100 + DAYOFMONTH(date_value) AS INT) AS date_key,
  CAST(YEAR(date_value) AS INT) AS `year`,
  CAST(QUARTER(date_value) AS INT) AS `quarter`,
  CAST(MONTH(date_value) AS INT) AS `month`,
  CAST(WEEK(date_value) AS INT) AS `week`,
  CAST(DAYOFMONTH(date_value) AS INT) AS `day`,
  CAST(MOD(DAYOFWEEK(date_value) + 5, 7) + 1 AS INT) AS day_of_week,
  CAST(DAYOFYEAR(date_value) AS INT) AS day_of_year,
  DAYOFWEEK(date_value) IN (1, 7) AS is_weekend,
  date_value
FROM days;

CREATE TABLE IF NOT EXISTS telecom.gold.dim_date (
  date_sk STRING COMMENT 'surrogate key of date_value',
  quarter_name STRING COMMENT 'Q1 to Q4',
  month_name STRING,
  day_name STRING,
  date_key INT COMMENT 'YYYYMMDD',
  `year` INT,
  `quarter` INT,
  `month` INT,
  `week` INT COMMENT 'ISO 8601 week',
  `day` INT COMMENT 'day of the month',
  day_of_week INT COMMENT '1 is Monday, 7 is Sunday',
  day_of_year INT,
  is_weekend BOOLEAN COMMENT 'Saturday or Sunday',
  date_value DATE
) COMMENT 'One row for each day of 2015 to 2035, and the epoch';
