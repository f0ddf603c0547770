-- Python judges, dates and keys each call, in one crossing.
CREATE TEMPORARY VIEW judged_calls AS
SELECT
  *,
  judge_call(
    decode_error,
    call_id,
    from_phone_number,
    to_phone_number,
    from_cell_site,
    to_cell_site,
    from_imei,
    to_imei,
    status,
    call_type,
    currency,
    call_duration_seconds,
    billed_amount,
    timestamp_text,
    CAST(kafka_timestamp AS STRING)
  ) AS verdict,
  surrogate_key('call', call_id) AS transaction_sk,
  surrogate_key('date', event_date(timestamp_text)) AS date_sk,
  surrogate_key('user', from_phone_number) AS from_user_sk,
  surrogate_key('user', to_phone_number) AS to_user_sk,
  surrogate_key('cell_site', from_cell_site) AS from_cell_sk,
  surrogate_key('cell_site', to_cell_site) AS to_cell_sk,
  surrogate_key('device', substring(from_imei, 1, 8)) AS from_device_sk,
  surrogate_key('device', substring(to_imei, 1, 8)) AS to_device_sk,
  CAST(event_time(timestamp_text) AS TIMESTAMP) AS readable_time
FROM decoded_calls;
