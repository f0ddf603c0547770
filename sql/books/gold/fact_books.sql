-- The books that broke no rule, with the key of their author.
CREATE TEMPORARY VIEW fact_books AS
SELECT
  book_sk,
  author_sk,
  book_id,
  title,
  author,
  genre,
  original_language,
  first_published_year,
  approximate_sales_millions,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM repaired_books
WHERE verdict IS NULL;

CREATE TABLE IF NOT EXISTS books.gold.fact_books (
  book_sk STRING COMMENT 'surrogate key of book_id',
  author_sk STRING COMMENT 'dim_author, by author',
  book_id STRING,
  title STRING COMMENT 'without footnote marks, as the author, genre and language',
  author STRING,
  genre STRING,
  original_language STRING,
  first_published_year INT COMMENT 'of several the first; negative before Christ; null when nobody said',
  approximate_sales_millions DECIMAL(18, 4) COMMENT 'millions of copies, of a range the middle; null when nobody said',
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each accepted book'
PARTITIONED BY (kafka_date);
