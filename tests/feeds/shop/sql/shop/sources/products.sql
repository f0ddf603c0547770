-- What the shop sells.
CREATE TEMPORARY TABLE products (
  sku STRING COMMENT 'as printed on it, digits and a letter',
  title STRING,
  price DECIMAL(5, 2),
  stock INT,
  views BIGINT,
  weight DOUBLE,
  is_sold BOOLEAN,
  maker ROW<name STRING, `from` ROW<country STRING, since INT, note STRING>>,
  sizes ARRAY<ROW<label STRING, note STRING>>,
  updated_at STRING,
  sku_length AS CHAR_LENGTH(sku),
  kafka_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  PRIMARY KEY (sku) NOT ENFORCED
) WITH (
  'topic' = 'products',
  'value.whole-json.any-type' = 'updated_at;maker.from.note;sizes[].note'
) LIKE kafka_defaults;
