-- The key of an entity: surrogate_key('user', phone_number). NULL when a part is NULL or a FLOAT or DOUBLE. A TIMESTAMP is exact from 1970 to 2038 only.
CREATE TEMPORARY FUNCTION surrogate_key AS 'udfs.flink.surrogate_key' LANGUAGE PYTHON;

-- The moment that a text names, TIMESTAMP(6) in UTC. NULL when it is absent or unreadable.
CREATE TEMPORARY FUNCTION event_time AS 'udfs.flink.event_time' LANGUAGE PYTHON;

-- The UTC day of that moment. 1970-01-01 when the text is absent or unreadable.
CREATE TEMPORARY FUNCTION event_date AS 'udfs.flink.event_date' LANGUAGE PYTHON;

-- The first rule that a call fails, as 'code: sentence for a person'. NULL when the call is accepted.
CREATE TEMPORARY FUNCTION judge_call AS 'udfs.flink.judge_call' LANGUAGE PYTHON;
