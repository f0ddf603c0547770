-- Calls and messages as one, with what both people's plans were at the time.
CREATE OR REPLACE VIEW telecom.serving.fact_events AS
WITH events AS (
  SELECT
    transaction_sk AS event_sk,
    event_type,
    call_id AS event_id,
    from_user_sk AS sender_user_sk,
    to_user_sk AS receiver_user_sk,
    from_cell_sk AS sender_cell_sk,
    to_cell_sk AS receiver_cell_sk,
    from_device_sk AS sender_device_sk,
    to_device_sk AS receiver_device_sk,
    date_sk,
    call_duration_seconds,
    call_type,
    status,
    amount,
    currency,
    "timestamp" AS happened_at
  FROM telecom.gold.fact_calls
  UNION ALL
  SELECT
    transaction_sk AS event_sk,
    event_type,
    sms_id AS event_id,
    from_user_sk AS sender_user_sk,
    to_user_sk AS receiver_user_sk,
    from_cell_sk AS sender_cell_sk,
    to_cell_sk AS receiver_cell_sk,
    from_device_sk AS sender_device_sk,
    to_device_sk AS receiver_device_sk,
    date_sk,
    NULL AS call_duration_seconds,
    NULL AS call_type,
    status,
    amount,
    currency,
    "timestamp" AS happened_at
  FROM telecom.gold.fact_sms
)
-- As-of joins written as ranges: stretches do not overlap, so each event finds one at most, and DuckDB hashes the history by user
-- and streams the events past it. ASOF JOIN would sort them all, an OR instead of COALESCE compare each with every stretch.
SELECT
  event_sk,
  event_type,
  event_id,
  sender_user_sk,
  receiver_user_sk,
  sender_cell_sk,
  receiver_cell_sk,
  sender_device_sk,
  receiver_device_sk,
  date_sk,
  CAST(STRFTIME(happened_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER) AS date_key,
  sender.plan AS plan_sender,
  receiver.plan AS plan_receiver,
  call_duration_seconds,
  call_type,
  status,
  sender.registered_on AS reg_date,
  amount,
  currency
FROM events
LEFT JOIN telecom.serving.dim_user_history AS sender
  ON events.sender_user_sk = sender.user_sk
  AND events.happened_at >= sender.valid_from
  AND events.happened_at < COALESCE(sender.valid_to, 'infinity')
LEFT JOIN telecom.serving.dim_user_history AS receiver
  ON events.receiver_user_sk = receiver.user_sk
  AND events.happened_at >= receiver.valid_from
  AND events.happened_at < COALESCE(receiver.valid_to, 'infinity');
