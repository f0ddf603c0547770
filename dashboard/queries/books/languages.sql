-- What each language sells, the best first.
FROM books.serving.sales_by_language
ORDER BY approximate_sales_millions DESC NULLS LAST, original_language;
