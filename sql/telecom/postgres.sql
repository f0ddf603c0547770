-- Indexes of PostgreSQL that hold what most measures read of the two large facts: a query for a report reads a fraction of the table.
CREATE INDEX fact_calls_report_idx ON gold.fact_calls (date_sk)
  INCLUDE (status, currency, time_sk, call_duration_seconds, amount, from_cell_sk, from_user_sk);

CREATE INDEX fact_sms_report_idx ON gold.fact_sms (date_sk)
  INCLUDE (status, currency, time_sk, latency_ms, amount, from_cell_sk, from_user_sk);
