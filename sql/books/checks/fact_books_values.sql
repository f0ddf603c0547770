-- Every accepted book has only values of the forms and ranges that the rules allow.
SELECT *
FROM books.gold.fact_books
WHERE (
  TRIM(book_id) <> ''
  AND REGEXP_FULL_MATCH(title, '\S+( \S+)*')
  AND REGEXP_FULL_MATCH(author, '\S+( \S+)*')
  AND COALESCE(REGEXP_FULL_MATCH(genre, '\S+( \S+)*'), TRUE)
  AND COALESCE(REGEXP_FULL_MATCH(original_language, '\S+( \S+)*'), TRUE)
  AND COALESCE(approximate_sales_millions > 0 AND approximate_sales_millions <= 10000, TRUE)
  AND COALESCE(first_published_year <> 0 AND first_published_year <= YEAR(kafka_timestamp), TRUE)
) IS NOT TRUE;
