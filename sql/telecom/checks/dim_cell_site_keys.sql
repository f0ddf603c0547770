-- Every version of a cell site has the key that its cell_id gives.
SELECT cell_sk, cell_id, kafka_partition, kafka_offset
FROM telecom.gold.dim_cell_site_versions
WHERE cell_sk IS DISTINCT FROM MD5('9:cell_site,' || STRLEN(cell_id) || ':' || cell_id || ',');
