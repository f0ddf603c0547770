-- All books in one line.
SELECT
  COUNT(*) AS books,
  COUNT(DISTINCT author_sk) AS authors,
  COUNT(DISTINCT original_language) AS languages,
  SUM(approximate_sales_millions) AS approximate_sales_millions
FROM books.gold.fact_books;
