SET 'execution.runtime-mode' = 'batch';

EXECUTE STATEMENT SET BEGIN
  INSERT OVERWRITE shop.gold.dim_hour SELECT * FROM dim_hour;
END;
