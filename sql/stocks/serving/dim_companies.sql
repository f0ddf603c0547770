-- Companies as they are now, one row each: also those that are deleted, as they last were, and those that facts name and nobody sent.
CREATE OR REPLACE VIEW stocks.serving.dim_companies AS
WITH versions AS (
  -- The last version that is no deletion, if there is one, and whether the company is deleted now.
  SELECT
    *,
    FIRST_VALUE(is_deleted) OVER (
      PARTITION BY symbol
      ORDER BY valid_from DESC, kafka_partition DESC, kafka_offset DESC
    ) AS is_deleted_now
  FROM stocks.gold.dim_companies_versions
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY symbol
    ORDER BY is_deleted, valid_from DESC, kafka_partition DESC, kafka_offset DESC
  ) = 1
),
used AS (
  SELECT DISTINCT company_id FROM stocks.gold.fact_stock
)
SELECT
  COALESCE(versions.symbol, used.company_id) AS symbol,
  versions.asset_type,
  versions.name,
  versions.sector,
  versions.industry,
  versions.description,
  COALESCE(versions.is_deleted_now, FALSE) AS is_deleted,
  versions.symbol IS NULL AS is_inferred
FROM versions
FULL JOIN used ON versions.symbol = used.company_id;
