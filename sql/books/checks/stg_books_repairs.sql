-- What repaired_columns names is a column that has a value.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    repaired_columns,
    UNNEST(STRING_SPLIT(repaired_columns, ',')) AS repaired,
    MAP {
      'title': title,
      'author': author,
      'genre': genre,
      'original_language': original_language,
      'first_published_year': CAST(first_published_year AS VARCHAR),
      'approximate_sales_millions': CAST(approximate_sales_millions AS VARCHAR)
    } AS repairable
  FROM books.silver.stg_books
)
WHERE repairable[repaired] IS NULL;
