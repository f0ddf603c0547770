-- The key of an entity: surrogate_key('user', phone_number). NULL when a part is NULL or a FLOAT or DOUBLE. A TIMESTAMP is exact from 1970 to 2038 only.
CREATE TEMPORARY FUNCTION surrogate_key AS 'udfs.flink.surrogate_key' LANGUAGE PYTHON;

-- The moment that a text names, TIMESTAMP(6) in UTC. NULL when it is absent or unreadable.
CREATE TEMPORARY FUNCTION event_time AS 'udfs.flink.event_time' LANGUAGE PYTHON;

-- The UTC day of that moment. 1970-01-01 when the text is absent or unreadable.
CREATE TEMPORARY FUNCTION event_date AS 'udfs.flink.event_date' LANGUAGE PYTHON;

-- The day that a text names as YYYY-MM-DD. NULL when it is absent or unreadable.
CREATE TEMPORARY FUNCTION iso_date AS 'udfs.flink.iso_date' LANGUAGE PYTHON;

-- The first rule that a call fails, as 'code: sentence for a person'. NULL when the call is accepted.
CREATE TEMPORARY FUNCTION judge_call AS 'udfs.flink.judge_call' LANGUAGE PYTHON;

-- The same of a message.
CREATE TEMPORARY FUNCTION judge_sms AS 'udfs.flink.judge_sms' LANGUAGE PYTHON;

-- The same of a payment.
CREATE TEMPORARY FUNCTION judge_payment AS 'udfs.flink.judge_payment' LANGUAGE PYTHON;

-- The same of a recharge.
CREATE TEMPORARY FUNCTION judge_recharge AS 'udfs.flink.judge_recharge' LANGUAGE PYTHON;

-- The same of a contact with support.
CREATE TEMPORARY FUNCTION judge_support AS 'udfs.flink.judge_support' LANGUAGE PYTHON;

-- The same of a record about a user.
CREATE TEMPORARY FUNCTION judge_user AS 'udfs.flink.judge_user' LANGUAGE PYTHON;

-- The same of a device.
CREATE TEMPORARY FUNCTION judge_device AS 'udfs.flink.judge_device' LANGUAGE PYTHON;

-- The same of a cell site.
CREATE TEMPORARY FUNCTION judge_cell_site AS 'udfs.flink.judge_cell_site' LANGUAGE PYTHON;

-- The same of an agent.
CREATE TEMPORARY FUNCTION judge_agent AS 'udfs.flink.judge_agent' LANGUAGE PYTHON;

-- The same of a book.
CREATE TEMPORARY FUNCTION judge_book AS 'udfs.flink.judge_book' LANGUAGE PYTHON;

-- A text without footnote marks and surrounding blanks. NULL when nothing is left.
CREATE TEMPORARY FUNCTION without_notes AS 'udfs.flink.without_notes' LANGUAGE PYTHON;

-- The millions of copies that a text names, DECIMAL(18, 4), of a range the middle. NULL when it is blank or unreadable.
CREATE TEMPORARY FUNCTION sales_millions AS 'udfs.flink.sales_millions' LANGUAGE PYTHON;

-- The year that a text names, of a range the first, negative before Christ. NULL when it is blank or unreadable.
CREATE TEMPORARY FUNCTION published_year AS 'udfs.flink.published_year' LANGUAGE PYTHON;

-- The key of an author by the name: surrogate_key('author', without_notes(author)).
CREATE TEMPORARY FUNCTION author_key AS 'udfs.flink.author_key' LANGUAGE PYTHON;

-- The moment that a text names as DD-MM-YYYY HH:MM, TIMESTAMP(6) in UTC. NULL when it is absent or unreadable.
CREATE TEMPORARY FUNCTION price_time AS 'udfs.flink.price_time' LANGUAGE PYTHON;

-- The first rule that a price fails, as 'code: sentence for a person'. NULL when the price is accepted.
CREATE TEMPORARY FUNCTION judge_price AS 'udfs.flink.judge_price' LANGUAGE PYTHON;

-- The same of a record about a company.
CREATE TEMPORARY FUNCTION judge_company AS 'udfs.flink.judge_company' LANGUAGE PYTHON;
