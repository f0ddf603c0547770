-- Day 0 is 2015-01-01, the last one 2035-12-31; day -1 stands for 1970-01-01.
CREATE TEMPORARY TABLE calendar_days (
  day_number INT NOT NULL
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '7671',
  'rows-per-second' = '1000000',
  'fields.day_number.kind' = 'sequence',
  'fields.day_number.start' = '-1',
  'fields.day_number.end' = '7669'
);

-- Every second of a day.
CREATE TEMPORARY TABLE seconds_of_day (
  second_number INT NOT NULL
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '86400',
  'rows-per-second' = '1000000',
  'fields.second_number.kind' = 'sequence',
  'fields.second_number.start' = '0',
  'fields.second_number.end' = '86399'
);
