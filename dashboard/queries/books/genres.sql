-- What each genre sells, the best first.
FROM books.serving.sales_by_genre
ORDER BY approximate_sales_millions DESC NULLS LAST, genre;
