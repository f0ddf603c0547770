-- Every accepted row has only values that the rules allow.
SELECT *
FROM ${domain}.gold.${table}
WHERE (
  TRIM(id) <> ''
  AND COALESCE(amount, 0) >= 0
) IS NOT TRUE;
