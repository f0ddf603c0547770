-- The fixed tables, written anew when their views change.

-- The job ends by itself.
SET 'execution.runtime-mode' = 'batch';

EXECUTE STATEMENT SET BEGIN
  INSERT OVERWRITE telecom.gold.dim_date SELECT * FROM dim_date;
  INSERT OVERWRITE telecom.gold.dim_time SELECT * FROM dim_time;
END;
