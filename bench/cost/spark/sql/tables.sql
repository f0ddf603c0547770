CREATE TABLE lake.bronze.calls (
  kafka_key BINARY,
  kafka_value BINARY,
  kafka_topic STRING NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP NOT NULL,
  kafka_date DATE NOT NULL
)
PARTITIONED BY (kafka_date);

CREATE TABLE lake.silver.calls (
  call_id STRING,
  event_type STRING,
  from_phone_number STRING,
  to_phone_number STRING,
  from_cell_site STRING,
  to_cell_site STRING,
  from_imei STRING,
  to_imei STRING,
  status STRING,
  call_type STRING,
  currency STRING,
  rejection_reason STRING,
  rejection_detail STRING,
  repaired_columns STRING,
  call_duration_seconds INT,
  amount DECIMAL(18, 4),
  is_rejected BOOLEAN,
  event_time TIMESTAMP,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP NOT NULL,
  kafka_date DATE NOT NULL
)
PARTITIONED BY (kafka_date);

CREATE TABLE lake.gold.fact_calls (
  transaction_sk STRING,
  date_sk STRING,
  from_user_sk STRING,
  to_user_sk STRING,
  from_cell_sk STRING,
  to_cell_sk STRING,
  from_device_sk STRING,
  to_device_sk STRING,
  call_id STRING,
  event_type STRING,
  from_phone_number STRING,
  to_phone_number STRING,
  from_cell_site STRING,
  to_cell_site STRING,
  from_imei STRING,
  to_imei STRING,
  from_tac STRING,
  to_tac STRING,
  status STRING,
  call_type STRING,
  currency STRING,
  time_sk INT,
  call_duration_seconds INT,
  amount DECIMAL(18, 4),
  `timestamp` TIMESTAMP,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP NOT NULL,
  kafka_date DATE NOT NULL
)
PARTITIONED BY (kafka_date);
