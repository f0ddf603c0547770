-- Whoever wrote an accepted book, one row each.
CREATE OR REPLACE VIEW books.serving.dim_author AS
SELECT DISTINCT
  author_sk,
  author
FROM books.gold.fact_books;
