-- Books: bronze, silver and gold of the topic, from one read of it.

-- How long the job remembers which books it has seen: lists come anew each year, and are short.
SET 'table.exec.state.ttl' = '365 d';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO books.bronze.sensor_stream SELECT * FROM bronze_sensor_stream;
  INSERT INTO books.silver.stg_books SELECT * FROM stg_books;
  INSERT INTO books.gold.fact_books SELECT * FROM fact_books;
END;
