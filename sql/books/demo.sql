-- Whose books have sold most, how many of them, and which one best?
SELECT
  author,
  COUNT(*) AS books,
  SUM(approximate_sales_millions) AS millions_sold,
  ARG_MAX(title, ROW(approximate_sales_millions, book_sk)) AS best_seller,
  MIN(first_published_year) AS first_year
FROM books.gold.fact_books
WHERE approximate_sales_millions IS NOT NULL
GROUP BY author_sk, author
ORDER BY millions_sold DESC, author
LIMIT 10;
