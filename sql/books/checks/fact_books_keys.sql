-- Every key of a book is the one that its own columns give.
SELECT *
FROM (
  SELECT
    kafka_partition,
    kafka_offset,
    UNNEST([
      {'entity': 'book', 'natural_key': book_id, 'sk': book_sk},
      {'entity': 'author', 'natural_key': author, 'sk': author_sk}
    ], recursive := TRUE)
  FROM books.gold.fact_books
)
WHERE sk IS DISTINCT FROM MD5(STRLEN(entity) || ':' || entity || ',' || STRLEN(natural_key) || ':' || natural_key || ',');
