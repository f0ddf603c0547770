-- serving.fact_events has each accepted call and message, and nothing else.
SELECT COALESCE(event_sk, transaction_sk) AS transaction_sk, event_sk IS NULL AS is_missing
FROM telecom.serving.fact_events
FULL JOIN (
  SELECT transaction_sk FROM telecom.gold.fact_calls
  UNION ALL
  SELECT transaction_sk FROM telecom.gold.fact_sms
) ON event_sk = transaction_sk
WHERE event_sk IS NULL OR transaction_sk IS NULL;
