-- Whose books have sold most.
SELECT
  author,
  COUNT(*) AS books,
  SUM(approximate_sales_millions) AS approximate_sales_millions,
  ARG_MAX(title, ROW(approximate_sales_millions, book_sk)) FILTER (WHERE approximate_sales_millions IS NOT NULL) AS best_seller
FROM books.gold.fact_books
JOIN books.serving.dim_author USING (author_sk, author)
GROUP BY author_sk, author
ORDER BY approximate_sales_millions DESC NULLS LAST, author;
