-- One crossing into Python judges, reads and keys each book.
CREATE TEMPORARY VIEW judged_books AS
SELECT
  `Id` AS book_id,
  without_notes(`Title`) AS title,
  without_notes(`Author`) AS author,
  without_notes(`Genre`) AS genre,
  without_notes(`Original language`) AS original_language,
  judge_book(
    decode_error,
    `Id`,
    `Title`,
    `Author`,
    `Approximate sales`,
    `First published`,
    CAST(kafka_timestamp AS STRING)
  ) AS broken_rule,
  surrogate_key('book', `Id`) AS book_sk,
  author_key(`Author`) AS author_sk,
  published_year(`First published`) AS first_published_year,
  sales_millions(`Approximate sales`) AS approximate_sales_millions,
  `Title` AS title_text,
  `Author` AS author_text,
  `Genre` AS genre_text,
  `Original language` AS language_text,
  `First published` AS year_text,
  `Approximate sales` AS sales_text,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM sensor_stream;

-- How often one that breaks no rule has come, as long as the job remembers; the others share one count, so that they take no room.
CREATE TEMPORARY VIEW counted_books AS
SELECT
  *,
  COUNT(*) OVER (PARTITION BY CASE WHEN broken_rule IS NULL THEN book_sk END ORDER BY PROCTIME()) AS arrivals
FROM judged_books;

-- A repeat is rejected too, by the last rule. What was not taken over as it came is named.
CREATE TEMPORARY VIEW repaired_books AS
SELECT
  *,
  COALESCE(broken_rule, CASE WHEN arrivals > 1 THEN 'duplicate: a book with this Id was accepted before' END) AS verdict,
  NULLIF(
    CONCAT_WS(
      ',',
      CASE WHEN title <> title_text THEN 'title' END,
      CASE WHEN author <> author_text THEN 'author' END,
      CASE WHEN genre <> genre_text THEN 'genre' END,
      CASE WHEN original_language <> language_text THEN 'original_language' END,
      CASE WHEN CAST(first_published_year AS STRING) <> year_text THEN 'first_published_year' END,
      CASE
        WHEN approximate_sales_millions IS NOT NULL AND NOT REGEXP(sales_text, '^-?[0-9]+(\.[0-9]+)?$')
        THEN 'approximate_sales_millions'
      END
    ),
    ''
  ) AS repaired_columns
FROM counted_books;

-- Every book, with what is wrong with it if anything is: a verdict reads `code: sentence`.
CREATE TEMPORARY VIEW stg_books AS
SELECT
  book_id,
  title,
  author,
  genre,
  original_language,
  SPLIT_INDEX(verdict, ':', 0) AS rejection_reason,
  SUBSTRING(verdict, POSITION(': ' IN verdict) + 2) AS rejection_detail,
  repaired_columns,
  first_published_year,
  approximate_sales_millions,
  verdict IS NOT NULL AS is_rejected,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM repaired_books;

CREATE TABLE IF NOT EXISTS books.silver.stg_books (
  book_id STRING,
  title STRING COMMENT 'without footnote marks, as the author, genre and language',
  author STRING,
  genre STRING,
  original_language STRING,
  rejection_reason STRING COMMENT 'code of the first rule that the book breaks; null when accepted',
  rejection_detail STRING COMMENT 'the same as a sentence, with the field and its value',
  repaired_columns STRING COMMENT 'columns, comma-separated, that do not say just what came: marks are gone, or a range or words were read as a number; null when none',
  first_published_year INT COMMENT 'of several the first; negative before Christ; null when blank or unreadable',
  approximate_sales_millions DECIMAL(18, 4) COMMENT 'millions of copies, of a range the middle; null when blank or unreadable',
  is_rejected BOOLEAN,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL COMMENT 'UTC day of kafka_timestamp'
) COMMENT 'One row for each record of the topic sensor_stream, the rejected ones too'
PARTITIONED BY (kafka_date);
