-- What kinds of books sell: those of unknown sales count as books only.
CREATE OR REPLACE VIEW books.serving.sales_by_genre AS
SELECT
  COALESCE(genre, 'unknown') AS genre,
  COUNT(*) AS books,
  COUNT(DISTINCT author_sk) AS authors,
  SUM(approximate_sales_millions) AS approximate_sales_millions,
  ARG_MAX(title, ROW(approximate_sales_millions, book_sk)) FILTER (WHERE approximate_sales_millions IS NOT NULL) AS best_seller
FROM books.gold.fact_books
GROUP BY ALL;
