-- An index each for the two large facts that holds what most measures read: a fraction of the table, in which the planner finds all it needs.
CREATE INDEX fact_calls_report_idx ON gold.fact_calls (date_sk)
  INCLUDE (status, currency, time_sk, call_duration_seconds, amount, from_cell_sk, from_user_sk);

CREATE INDEX fact_sms_report_idx ON gold.fact_sms (date_sk)
  INCLUDE (status, currency, time_sk, latency_ms, amount, from_cell_sk, from_user_sk);
