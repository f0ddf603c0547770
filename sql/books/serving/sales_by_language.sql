-- In which languages best sellers are written, and since when.
CREATE OR REPLACE VIEW books.serving.sales_by_language AS
SELECT
  COALESCE(original_language, 'unknown') AS original_language,
  COUNT(*) AS books,
  SUM(approximate_sales_millions) AS approximate_sales_millions,
  ROUND(100.0 * SUM(approximate_sales_millions) / SUM(SUM(approximate_sales_millions)) OVER (), 2) AS sales_percent,
  MIN(first_published_year) AS earliest_year
FROM books.gold.fact_books
GROUP BY original_language;
