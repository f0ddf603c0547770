-- How many orders are refused, which only silver knows.
CREATE OR REPLACE VIEW shop.serving.rejections AS
SELECT COUNT(*) AS orders FROM shop.silver.orders WHERE is_rejected;
