-- What texts stand for. Flink copies what a view computes to wherever it is used, unless several tables read the view: bronze does too.
CREATE TEMPORARY VIEW read_calls AS
SELECT
  *,
  TRY_CAST(from_imei AS BIGINT) AS from_imei_number,
  TRY_CAST(to_imei AS BIGINT) AS to_imei_number,
  CASE
    -- Most are a day, its year first or last, and seconds: an eighth of the work of a CAST to TIMESTAMP, which tries many forms.
    WHEN REGEXP(`timestamp`, '^(\d{4}-\d\d-\d\d[ T]|\d\d-\d\d-\d{4} )([01]\d|2[0-3]):[0-5]\d:[0-5]\d\z')
      THEN TIMESTAMPADD(
        SECOND,
        CAST(SUBSTRING(`timestamp`, 12, 2) AS INT) * 3600
          + CAST(SUBSTRING(`timestamp`, 15, 2) AS INT) * 60
          + CAST(SUBSTRING(`timestamp`, 18, 2) AS INT),
        CAST(
          TRY_CAST(
            CASE
              WHEN SUBSTRING(`timestamp`, 3, 1) = '-'
                THEN CONCAT(SUBSTRING(`timestamp`, 7, 4), SUBSTRING(`timestamp`, 3, 4), SUBSTRING(`timestamp`, 1, 2))
              ELSE SUBSTRING(`timestamp`, 1, 10)
            END AS DATE
          ) AS TIMESTAMP(6)
        )
      )
    WHEN REGEXP(`timestamp`, '^\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z?\z')
      AND TRY_CAST(SUBSTRING(`timestamp`, 1, 10) AS DATE) IS NOT NULL
      THEN TRY_CAST(TRANSLATE(`timestamp`, 'TZ', ' ') AS TIMESTAMP(6))
    -- With an offset: +HHMM as a number, once its colon is gone, is 100 times the hours and the minutes.
    WHEN REGEXP(`timestamp`, '^\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?[+-]([01]\d|2[0-3]):?[0-5]\d\z')
      AND TRY_CAST(SUBSTRING(`timestamp`, 1, 10) AS DATE) IS NOT NULL
      THEN TIMESTAMPADD(
        MINUTE,
        CAST(RIGHT(REPLACE(`timestamp`, ':', ''), 5) AS INT) / 100 * -60 - MOD(CAST(RIGHT(REPLACE(`timestamp`, ':', ''), 5) AS INT), 100),
        TRY_CAST(
          REPLACE(SUBSTRING(`timestamp`, 1, CHAR_LENGTH(`timestamp`) - IF(RIGHT(`timestamp`, 3) LIKE ':%', 6, 5)), 'T', ' ')
          AS TIMESTAMP(6)
        )
      )
  END AS read_time
FROM flat_calls;

-- An offset may lead out of the years 1 to 9999.
CREATE TEMPORARY VIEW timed_calls AS
SELECT
  *,
  CASE
    WHEN read_time BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN read_time
  END AS readable_time
FROM read_calls;

-- The first rule that a call breaks, in the order of udfs/telecom.py, as `code: field`.
CREATE TEMPORARY VIEW judged_calls AS
SELECT
  *,
  CASE
    WHEN decode_error IS NOT NULL THEN decode_error
    WHEN REGEXP(call_id, '(?U)[^\s\x1C-\x1F]') IS NOT TRUE THEN 'missing_id: call_id'
    WHEN REGEXP(from_phone_number, '^\+[1-9]\d{1,14}\z') IS NOT TRUE THEN 'invalid_phone_number: from.phone_number'
    WHEN REGEXP(to_phone_number, '^\+[1-9]\d{1,14}\z') IS NOT TRUE THEN 'invalid_phone_number: to.phone_number'
    WHEN from_phone_number = to_phone_number THEN 'same_caller_and_callee: to.phone_number'
    WHEN REGEXP(from_imei, '^\d{15}\z') IS NOT TRUE
      -- Luhn's formula modulo 10: each digit, and each second one from the right twice and 1 more from 5 on.
      OR MOD(
        from_imei_number + 2 * (from_imei_number / 10) + MOD(from_imei_number / 50, 2)
        + from_imei_number / 100 + 2 * (from_imei_number / 1000) + MOD(from_imei_number / 5000, 2)
        + from_imei_number / 10000 + 2 * (from_imei_number / 100000) + MOD(from_imei_number / 500000, 2)
        + from_imei_number / 1000000 + 2 * (from_imei_number / 10000000) + MOD(from_imei_number / 50000000, 2)
        + from_imei_number / 100000000 + 2 * (from_imei_number / 1000000000) + MOD(from_imei_number / 5000000000, 2)
        + from_imei_number / 10000000000 + 2 * (from_imei_number / 100000000000) + MOD(from_imei_number / 500000000000, 2)
        + from_imei_number / 1000000000000 + 2 * (from_imei_number / 10000000000000) + MOD(from_imei_number / 50000000000000, 2)
        + from_imei_number / 100000000000000,
        10
      ) <> 0
      THEN 'invalid_imei: from.imei'
    WHEN REGEXP(to_imei, '^\d{15}\z') IS NOT TRUE
      OR MOD(
        to_imei_number + 2 * (to_imei_number / 10) + MOD(to_imei_number / 50, 2)
        + to_imei_number / 100 + 2 * (to_imei_number / 1000) + MOD(to_imei_number / 5000, 2)
        + to_imei_number / 10000 + 2 * (to_imei_number / 100000) + MOD(to_imei_number / 500000, 2)
        + to_imei_number / 1000000 + 2 * (to_imei_number / 10000000) + MOD(to_imei_number / 50000000, 2)
        + to_imei_number / 100000000 + 2 * (to_imei_number / 1000000000) + MOD(to_imei_number / 5000000000, 2)
        + to_imei_number / 10000000000 + 2 * (to_imei_number / 100000000000) + MOD(to_imei_number / 500000000000, 2)
        + to_imei_number / 1000000000000 + 2 * (to_imei_number / 10000000000000) + MOD(to_imei_number / 50000000000000, 2)
        + to_imei_number / 100000000000000,
        10
      ) <> 0
      THEN 'invalid_imei: to.imei'
    WHEN REGEXP(from_cell_site, '^[A-Z]{3}-\d{4}\z') IS NOT TRUE THEN 'invalid_cell_site: from.cell_site'
    WHEN REGEXP(to_cell_site, '^[A-Z]{3}-\d{4}\z') IS NOT TRUE THEN 'invalid_cell_site: to.cell_site'
    WHEN status IN ('completed', 'dropped', 'failed', 'busy', 'no_answer') IS NOT TRUE THEN 'unknown_status: status'
    WHEN call_type IN ('voice', 'volte', 'vowifi', 'video') IS NOT TRUE THEN 'unknown_call_type: call_type'
    WHEN currency IN (
      'AED', 'AFN', 'ALL', 'AMD', 'AOA', 'ARS', 'AUD', 'AWG', 'AZN', 'BAM', 'BBD', 'BDT', 'BHD', 'BIF', 'BMD',
      'BND', 'BOB', 'BOV', 'BRL', 'BSD', 'BTN', 'BWP', 'BYN', 'BZD', 'CAD', 'CDF', 'CHE', 'CHF', 'CHW', 'CLF',
      'CLP', 'CNY', 'COP', 'COU', 'CRC', 'CUP', 'CVE', 'CZK', 'DJF', 'DKK', 'DOP', 'DZD', 'EGP', 'ERN', 'ETB',
      'EUR', 'FJD', 'FKP', 'GBP', 'GEL', 'GHS', 'GIP', 'GMD', 'GNF', 'GTQ', 'GYD', 'HKD', 'HNL', 'HTG', 'HUF',
      'IDR', 'ILS', 'INR', 'IQD', 'IRR', 'ISK', 'JMD', 'JOD', 'JPY', 'KES', 'KGS', 'KHR', 'KMF', 'KPW', 'KRW',
      'KWD', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR', 'LRD', 'LSL', 'LYD', 'MAD', 'MDL', 'MGA', 'MKD', 'MMK', 'MNT',
      'MOP', 'MRU', 'MUR', 'MVR', 'MWK', 'MXN', 'MXV', 'MYR', 'MZN', 'NAD', 'NGN', 'NIO', 'NOK', 'NPR', 'NZD',
      'OMR', 'PAB', 'PEN', 'PGK', 'PHP', 'PKR', 'PLN', 'PYG', 'QAR', 'RON', 'RSD', 'RUB', 'RWF', 'SAR', 'SBD',
      'SCR', 'SDG', 'SEK', 'SGD', 'SHP', 'SLE', 'SOS', 'SRD', 'SSP', 'STN', 'SVC', 'SYP', 'SZL', 'THB', 'TJS',
      'TMT', 'TND', 'TOP', 'TRY', 'TTD', 'TWD', 'TZS', 'UAH', 'UGX', 'USD', 'USN', 'UYI', 'UYU', 'UYW', 'UZS',
      'VED', 'VES', 'VND', 'VUV', 'WST', 'XAD', 'XAF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XCD', 'XCG',
      'XDR', 'XOF', 'XPD', 'XPF', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX', 'YER', 'ZAR', 'ZMW', 'ZWG'
    ) IS NOT TRUE THEN 'invalid_currency: billing.currency'
    WHEN call_duration_seconds < 0 THEN 'negative_duration: call_duration_seconds'
    WHEN billed_amount < 0 THEN 'negative_amount: billing.amount'
    WHEN readable_time > TIMESTAMPADD(MINUTE, 5, CAST(kafka_timestamp AS TIMESTAMP(6))) THEN 'event_in_future: timestamp'
  END AS verdict,
  CASE
    WHEN readable_time IS NULL AND billed_amount IS NULL THEN 'timestamp,amount'
    WHEN readable_time IS NULL THEN 'timestamp'
    WHEN billed_amount IS NULL THEN 'amount'
  END AS repaired_columns,
  COALESCE(billed_amount, 0) AS amount,
  CAST(COALESCE(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS TIMESTAMP_LTZ(6)) AS event_time
FROM timed_calls;

-- The verdict in its parts, with the value of the field that is wrong.
CREATE TEMPORARY VIEW explained_calls AS
SELECT
  *,
  SPLIT_INDEX(verdict, ':', 0) AS code,
  SPLIT_INDEX(verdict, ' ', 1) AS field,
  CASE SPLIT_INDEX(verdict, ' ', 1)
    WHEN 'call_id' THEN call_id
    WHEN 'from.phone_number' THEN from_phone_number
    WHEN 'to.phone_number' THEN to_phone_number
    WHEN 'from.imei' THEN from_imei
    WHEN 'to.imei' THEN to_imei
    WHEN 'from.cell_site' THEN from_cell_site
    WHEN 'to.cell_site' THEN to_cell_site
    WHEN 'status' THEN status
    WHEN 'call_type' THEN call_type
    WHEN 'billing.currency' THEN currency
    WHEN 'timestamp' THEN `timestamp`
  END AS text
FROM judged_calls;

-- Every call, with what is wrong with it if anything is. A letter beyond ASCII stands in the sentence as it is, not as its code.
CREATE TEMPORARY VIEW silver_calls AS
SELECT
  call_id,
  event_type,
  from_phone_number,
  to_phone_number,
  from_cell_site,
  to_cell_site,
  from_imei,
  to_imei,
  status,
  call_type,
  currency,
  code AS rejection_reason,
  CASE
    WHEN verdict IS NULL THEN CAST(NULL AS STRING)
    WHEN decode_error IS NOT NULL THEN SUBSTRING(decode_error, POSITION(': ' IN decode_error) + 2)
    ELSE CONCAT(
      field,
      ' ',
      CASE
        WHEN code = 'negative_duration' THEN CAST(call_duration_seconds AS STRING)
        WHEN code = 'negative_amount' THEN CAST(amount AS STRING)
        WHEN text IS NULL THEN 'is missing, it'
        ELSE CONCAT(JSON_STRING(SUBSTRING(text, 1, 40)), IF(CHAR_LENGTH(text) > 40, '...', ''))
      END,
      ' should be ',
      CASE code
        WHEN 'missing_id' THEN 'a text that is not blank'
        WHEN 'invalid_phone_number' THEN '+ and 2 to 15 digits, the first not 0 (E.164)'
        WHEN 'same_caller_and_callee' THEN 'another number than from.phone_number'
        WHEN 'invalid_imei' THEN '15 digits with a right check digit'
        WHEN 'invalid_cell_site' THEN 'three capital letters, - and four digits, like CAI-0042'
        WHEN 'unknown_status' THEN 'one of busy, completed, dropped, failed, no_answer'
        WHEN 'unknown_call_type' THEN 'one of video, voice, volte, vowifi'
        WHEN 'invalid_currency' THEN 'an active ISO 4217 code'
        WHEN 'event_in_future' THEN CONCAT(
      'at most 5 minutes after the Kafka timestamp, ', REPLACE(CAST(kafka_timestamp AS STRING), '.000000', ''), ' UTC'
        )
        ELSE '0 or more'
      END
    )
  END AS rejection_detail,
  repaired_columns,
  call_duration_seconds,
  amount,
  verdict IS NOT NULL AS is_rejected,
  event_time,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  kafka_date
FROM explained_calls;
