-- Telecom's star with :rows facts of 60 days up to 2026-11-20: six in ten are calls, three are messages. Rows stand in the order of time, as they arrive.
INSERT INTO gold.dim_date (date_sk, date_value, date_key, year, month, month_name, day)
SELECT md5(day::date::text), day, to_char(day, 'YYYYMMDD')::int, extract(year FROM day), extract(month FROM day), to_char(day, 'FMMonth'), extract(day FROM day)
FROM (SELECT DATE '1970-01-01' AS day UNION ALL SELECT generate_series(DATE '2015-01-01', DATE '2035-12-31', INTERVAL '1 day')) AS days;

INSERT INTO gold.dim_time (time_sk, hour, minute, second)
SELECT s / 3600 * 10000 + s / 60 % 60 * 100 + s % 60, s / 3600, s / 60 % 60, s % 60
FROM generate_series(0, 86399) AS s;

INSERT INTO serving.dim_currency (currency) VALUES ('EGP'), ('EUR'), ('SAR'), ('USD');

INSERT INTO serving.dim_user (user_sk, phone_number, name, plan, is_deleted, is_inferred)
SELECT md5('user' || i), '+2010' || i, 'user ' || i, (ARRAY['basic', 'family', 'premium', 'student'])[i % 4 + 1], FALSE, FALSE
FROM generate_series(0, 99999) AS i;

INSERT INTO serving.dim_cell_site (cell_sk, cell_id, site_name, city, region, is_deleted, is_inferred)
SELECT md5('cell_site' || i), 'CAI-' || i, 'site ' || i, 'city ' || i % 40, 'region ' || i % 8, FALSE, FALSE
FROM generate_series(0, 799) AS i;

INSERT INTO serving.dim_device (device_sk, tac, brand, model, is_deleted, is_inferred)
SELECT md5('device' || i), i::text, 'brand ' || i % 12, 'model ' || i, FALSE, FALSE
FROM generate_series(0, 299) AS i;

INSERT INTO serving.dim_agent (agent_sk, agent_id, department, is_deleted, is_inferred)
SELECT md5('agent' || i), i::text, 'department ' || i % 6, FALSE, FALSE
FROM generate_series(0, 199) AS i;

INSERT INTO gold.fact_calls
  (transaction_sk, date_sk, from_user_sk, to_user_sk, from_cell_sk, to_cell_sk, from_device_sk, to_device_sk, call_id, event_type,
   from_phone_number, to_phone_number, from_cell_site, to_cell_site, from_imei, to_imei, from_tac, to_tac, status, call_type, currency,
   time_sk, call_duration_seconds, amount, "timestamp", kafka_partition, kafka_offset, kafka_timestamp, kafka_date)
SELECT
  md5('call' || i), md5((at AT TIME ZONE 'UTC')::date::text), md5('user' || u), md5('user' || (u * 7 + 1) % 100000), md5('cell_site' || i % 800),
  md5('cell_site' || (i * 13 + 5) % 800), md5('device' || i % 300), md5('device' || (i * 3 + 1) % 300), 'call-' || i, 'call',
  '+2010' || u, '+2010' || (u * 7 + 1) % 100000, 'CAI-' || i % 800, 'CAI-' || (i * 13 + 5) % 800, '35000000' || 1000000 + u, '35000000' || 2000000 + u,
  (i % 300)::text, ((i * 3 + 1) % 300)::text, (ARRAY['completed', 'completed', 'completed', 'dropped', 'failed', 'busy', 'no_answer'])[i % 7 + 1],
  (ARRAY['voice', 'volte', 'video'])[i % 3 + 1], (ARRAY['EGP', 'EGP', 'EUR', 'SAR'])[i % 4 + 1], to_char(at AT TIME ZONE 'UTC', 'HH24MISS')::int,
  i % 600, i % 1000 / 100.0, at, i % 4, i / 4, at, (at AT TIME ZONE 'UTC')::date
FROM (
  SELECT i, (i::bigint * 7919 % 100000)::int AS u, TIMESTAMPTZ '2026-09-22 00:00:00+00' + i * (INTERVAL '60 days' / (:rows * 6 / 10 + 1)) AS at
  FROM generate_series(0, :rows * 6 / 10 - 1) AS i
) AS calls;

INSERT INTO gold.fact_sms
  (transaction_sk, date_sk, from_user_sk, to_user_sk, from_cell_sk, to_cell_sk, from_device_sk, to_device_sk, sms_id, event_type,
   from_phone_number, to_phone_number, from_cell_site, to_cell_site, from_imei, to_imei, status, currency,
   time_sk, jitter_ms, latency_ms, signal_strength_dbm, amount, "timestamp", kafka_partition, kafka_offset, kafka_timestamp, kafka_date)
SELECT
  md5('sms' || i), md5((at AT TIME ZONE 'UTC')::date::text), md5('user' || u), md5('user' || (u * 7 + 1) % 100000), md5('cell_site' || i % 800),
  md5('cell_site' || (i * 13 + 5) % 800), md5('device' || i % 300), md5('device' || (i * 3 + 1) % 300), 'sms-' || i, 'sms',
  '+2010' || u, '+2010' || (u * 7 + 1) % 100000, 'CAI-' || i % 800, 'CAI-' || (i * 13 + 5) % 800, '35000000' || 1000000 + u, '35000000' || 2000000 + u,
  (ARRAY['delivered', 'delivered', 'sent', 'failed'])[i % 4 + 1], (ARRAY['EGP', 'EGP', 'EUR', 'SAR'])[i % 4 + 1],
  to_char(at AT TIME ZONE 'UTC', 'HH24MISS')::int, i % 40, i % 900, -60 - i % 60, i % 100 / 100.0, at, i % 4, i / 4, at, (at AT TIME ZONE 'UTC')::date
FROM (
  SELECT i, (i::bigint * 7919 % 100000)::int AS u, TIMESTAMPTZ '2026-09-22 00:00:00+00' + i * (INTERVAL '60 days' / (:rows * 3 / 10 + 1)) AS at
  FROM generate_series(0, :rows * 3 / 10 - 1) AS i
) AS messages;

INSERT INTO gold.fact_payment
  (transaction_sk, date_sk, user_sk, payment_id, phone_number, payment_method, status, currency, time_sk, payment_amount, "timestamp",
   kafka_partition, kafka_offset, kafka_timestamp, kafka_date)
SELECT
  md5('payment' || i), md5((at AT TIME ZONE 'UTC')::date::text), md5('user' || i % 100000), 'payment-' || i, '+2010' || i % 100000,
  (ARRAY['card', 'cash', 'wallet'])[i % 3 + 1], (ARRAY['completed', 'completed', 'completed', 'failed'])[i % 4 + 1],
  (ARRAY['EGP', 'EUR', 'SAR'])[i % 3 + 1], to_char(at AT TIME ZONE 'UTC', 'HH24MISS')::int, i % 500, at, i % 4, i / 4, at, (at AT TIME ZONE 'UTC')::date
FROM (
  SELECT i, TIMESTAMPTZ '2026-09-22 00:00:00+00' + i * (INTERVAL '60 days' / (:rows * 3 / 100 + 1)) AS at FROM generate_series(0, :rows * 3 / 100 - 1) AS i
) AS payments;

INSERT INTO gold.fact_recharge
  (transaction_sk, date_sk, user_sk, transaction_id, phone_number, payment_method, currency, time_sk, amount, "timestamp",
   kafka_partition, kafka_offset, kafka_timestamp, kafka_date)
SELECT
  md5('recharge' || i), md5((at AT TIME ZONE 'UTC')::date::text), md5('user' || i % 100000), 'recharge-' || i, '+2010' || i % 100000,
  (ARRAY['card', 'cash', 'wallet'])[i % 3 + 1], (ARRAY['EGP', 'EUR', 'SAR'])[i % 3 + 1], to_char(at AT TIME ZONE 'UTC', 'HH24MISS')::int,
  i % 500, at, i % 4, i / 4, at, (at AT TIME ZONE 'UTC')::date
FROM (
  SELECT i, TIMESTAMPTZ '2026-09-22 00:00:00+00' + i * (INTERVAL '60 days' / (:rows * 3 / 100 + 1)) AS at FROM generate_series(0, :rows * 3 / 100 - 1) AS i
) AS recharges;

INSERT INTO gold.fact_support
  (transaction_sk, date_sk, user_sk, agent_sk, support_id, phone_number, channel, time_sk, wait_time_seconds, first_call_resolution, escalated,
   "timestamp", kafka_partition, kafka_offset, kafka_timestamp, kafka_date)
SELECT
  md5('support' || i), md5((at AT TIME ZONE 'UTC')::date::text), md5('user' || i % 100000), CASE WHEN i % 10 > 0 THEN md5('agent' || i % 200) END,
  'support-' || i, '+2010' || i % 100000, (ARRAY['phone', 'chat', 'email'])[i % 3 + 1], to_char(at AT TIME ZONE 'UTC', 'HH24MISS')::int,
  i % 400, i % 3 = 0, i % 20 = 0, at, i % 4, i / 4, at, (at AT TIME ZONE 'UTC')::date
FROM (
  SELECT i, TIMESTAMPTZ '2026-09-22 00:00:00+00' + i * (INTERVAL '60 days' / (:rows * 4 / 100 + 1)) AS at FROM generate_series(0, :rows * 4 / 100 - 1) AS i
) AS contacts;
