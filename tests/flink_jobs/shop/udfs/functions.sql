-- Whether a price is low or high.
CREATE TEMPORARY FUNCTION rate AS 'udfs.flink.rate' LANGUAGE PYTHON;
