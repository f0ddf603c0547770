-- The calls that broke no rule, with the keys of the dimensions they point to. What broke no rule has a length that is known:
-- an accepted IMEI, cell site or phone number is of ASCII characters only, so its characters are its bytes.
CREATE TEMPORARY VIEW fact_calls AS
SELECT
  MD5(CONCAT('4:call,', CAST(CHAR_LENGTH(DECODE(ENCODE(call_id, 'UTF-8'), 'ISO-8859-1')) AS STRING), ':', call_id, ',')) AS transaction_sk,
  MD5(CONCAT('4:date,10:', CAST(CAST(event_time AS DATE) AS STRING), ',')) AS date_sk,
  MD5(CONCAT('4:user,', CAST(CHAR_LENGTH(from_phone_number) AS STRING), ':', from_phone_number, ',')) AS from_user_sk,
  MD5(CONCAT('4:user,', CAST(CHAR_LENGTH(to_phone_number) AS STRING), ':', to_phone_number, ',')) AS to_user_sk,
  MD5(CONCAT('9:cell_site,8:', from_cell_site, ',')) AS from_cell_sk,
  MD5(CONCAT('9:cell_site,8:', to_cell_site, ',')) AS to_cell_sk,
  MD5(CONCAT('6:device,8:', from_tac, ',')) AS from_device_sk,
  MD5(CONCAT('6:device,8:', to_tac, ',')) AS to_device_sk,
  call_id,
  event_type,
  from_phone_number,
  to_phone_number,
  from_cell_site,
  to_cell_site,
  from_imei,
  to_imei,
  from_tac,
  to_tac,
  status,
  call_type,
  currency,
  CAST(DATE_FORMAT(event_time, 'HHmmss') AS INT) AS time_sk,
  call_duration_seconds,
  amount,
  event_time AS `timestamp`,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM judged_calls
WHERE verdict IS NULL;
