-- The accepted rows of ${silver}.
CREATE TEMPORARY VIEW ${table} AS
SELECT
${columns}
FROM ${silver_view}
WHERE NOT is_rejected;

CREATE TABLE IF NOT EXISTS ${domain}.gold.${table} (
${definitions}
) COMMENT 'One row for each accepted row of ${silver}'${partitioned};
