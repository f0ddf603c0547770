-- The key of a member or a call, see docs/keys.md.
CREATE TEMPORARY FUNCTION surrogate_key(entity STRING, part STRING) RETURNS STRING
RETURN md5(concat(octet_length(entity), ':', entity, ',', octet_length(part), ':', part, ','));

-- What is wrong with a value, as udfs/rules.py says it, but for escapes.
CREATE TEMPORARY FUNCTION rejection(code STRING, field STRING, value STRING, expected STRING) RETURNS STRING
RETURN concat(
  code,
  ': ',
  field,
  coalesce(concat(' "', left(value, 40), CASE WHEN length(value) > 40 THEN '"...' ELSE '"' END), ' is missing, it'),
  ' should be ',
  expected
);

-- Only two forms of a time are read: TRY_CAST alone takes many more.
CREATE TEMPORARY VIEW timed_calls AS
SELECT
  *,
  CASE
    WHEN timestamp_text RLIKE r'^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?[0-5]\d)?\z'
      THEN try_cast(timestamp_text AS TIMESTAMP)
    WHEN timestamp_text RLIKE r'^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d\z'
      THEN try_cast(
        concat(
          substring(timestamp_text, 7, 4),
          substring(timestamp_text, 3, 4),
          substring(timestamp_text, 1, 2),
          substring(timestamp_text, 11)
        ) AS TIMESTAMP
      )
  END AS readable_time
FROM decoded_calls;

-- The first rule that a call fails, in the order of udfs/telecom.py, as `code: sentence`; and its keys.
CREATE TEMPORARY VIEW judged_calls AS
SELECT
  *,
  CASE
    WHEN decode_error IS NOT NULL
      THEN decode_error
    WHEN call_id IS NULL OR trim(call_id) = ''
      THEN rejection('missing_id', 'call_id', call_id, 'a text that is not blank')
    WHEN from_phone_number IS NULL OR from_phone_number NOT RLIKE r'^\+[1-9][0-9]{1,14}\z'
      THEN rejection('invalid_phone_number', 'from.phone_number', from_phone_number, '+ and 2 to 15 digits, the first not 0 (E.164)')
    WHEN to_phone_number IS NULL OR to_phone_number NOT RLIKE r'^\+[1-9][0-9]{1,14}\z'
      THEN rejection('invalid_phone_number', 'to.phone_number', to_phone_number, '+ and 2 to 15 digits, the first not 0 (E.164)')
    WHEN from_phone_number = to_phone_number
      THEN rejection('same_caller_and_callee', 'to.phone_number', to_phone_number, 'another number than from.phone_number')
    WHEN from_imei IS NULL OR from_imei NOT RLIKE r'^[0-9]{15}\z' OR NOT luhn_check(from_imei)
      THEN rejection('invalid_imei', 'from.imei', from_imei, '15 digits with a right check digit')
    WHEN to_imei IS NULL OR to_imei NOT RLIKE r'^[0-9]{15}\z' OR NOT luhn_check(to_imei)
      THEN rejection('invalid_imei', 'to.imei', to_imei, '15 digits with a right check digit')
    WHEN from_cell_site IS NULL OR from_cell_site NOT RLIKE r'^[A-Z]{3}-[0-9]{4}\z'
      THEN rejection('invalid_cell_site', 'from.cell_site', from_cell_site, 'three capital letters, - and four digits, like CAI-0042')
    WHEN to_cell_site IS NULL OR to_cell_site NOT RLIKE r'^[A-Z]{3}-[0-9]{4}\z'
      THEN rejection('invalid_cell_site', 'to.cell_site', to_cell_site, 'three capital letters, - and four digits, like CAI-0042')
    WHEN status IS NULL OR status NOT IN ('busy', 'completed', 'dropped', 'failed', 'no_answer')
      THEN rejection('unknown_status', 'status', status, 'one of busy, completed, dropped, failed, no_answer')
    WHEN call_type IS NULL OR call_type NOT IN ('video', 'voice', 'volte', 'vowifi')
      THEN rejection('unknown_call_type', 'call_type', call_type, 'one of video, voice, volte, vowifi')
    WHEN currency IS NULL OR currency NOT IN (
      'AED', 'AFN', 'ALL', 'AMD', 'AOA', 'ARS', 'AUD', 'AWG', 'AZN', 'BAM', 'BBD', 'BDT', 'BHD', 'BIF', 'BMD', 'BND', 'BOB', 'BOV',
      'BRL', 'BSD', 'BTN', 'BWP', 'BYN', 'BZD', 'CAD', 'CDF', 'CHE', 'CHF', 'CHW', 'CLF', 'CLP', 'CNY', 'COP', 'COU', 'CRC', 'CUP',
      'CVE', 'CZK', 'DJF', 'DKK', 'DOP', 'DZD', 'EGP', 'ERN', 'ETB', 'EUR', 'FJD', 'FKP', 'GBP', 'GEL', 'GHS', 'GIP', 'GMD', 'GNF',
      'GTQ', 'GYD', 'HKD', 'HNL', 'HTG', 'HUF', 'IDR', 'ILS', 'INR', 'IQD', 'IRR', 'ISK', 'JMD', 'JOD', 'JPY', 'KES', 'KGS', 'KHR',
      'KMF', 'KPW', 'KRW', 'KWD', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR', 'LRD', 'LSL', 'LYD', 'MAD', 'MDL', 'MGA', 'MKD', 'MMK', 'MNT',
      'MOP', 'MRU', 'MUR', 'MVR', 'MWK', 'MXN', 'MXV', 'MYR', 'MZN', 'NAD', 'NGN', 'NIO', 'NOK', 'NPR', 'NZD', 'OMR', 'PAB', 'PEN',
      'PGK', 'PHP', 'PKR', 'PLN', 'PYG', 'QAR', 'RON', 'RSD', 'RUB', 'RWF', 'SAR', 'SBD', 'SCR', 'SDG', 'SEK', 'SGD', 'SHP', 'SLE',
      'SOS', 'SRD', 'SSP', 'STN', 'SVC', 'SYP', 'SZL', 'THB', 'TJS', 'TMT', 'TND', 'TOP', 'TRY', 'TTD', 'TWD', 'TZS', 'UAH', 'UGX',
      'USD', 'USN', 'UYI', 'UYU', 'UYW', 'UZS', 'VED', 'VES', 'VND', 'VUV', 'WST', 'XAD', 'XAF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC',
      'XBD', 'XCD', 'XCG', 'XDR', 'XOF', 'XPD', 'XPF', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX', 'YER', 'ZAR', 'ZMW', 'ZWG'
    )
      THEN rejection('invalid_currency', 'billing.currency', currency, 'an active ISO 4217 code')
    WHEN call_duration_seconds < 0
      THEN concat('negative_duration: call_duration_seconds ', call_duration_seconds, ' should be 0 or more')
    WHEN billed_amount < 0
      THEN concat('negative_amount: billing.amount ', billed_amount, ' should be 0 or more')
    WHEN readable_time > kafka_timestamp + INTERVAL '5' MINUTES
      THEN rejection('event_in_future', 'timestamp', timestamp_text, concat('at most 5 minutes after the Kafka timestamp, ', kafka_timestamp, ' UTC'))
  END AS verdict,
  surrogate_key('call', call_id) AS transaction_sk,
  surrogate_key('date', CAST(CAST(coalesce(readable_time, TIMESTAMP '1970-01-01 00:00:00') AS DATE) AS STRING)) AS date_sk,
  surrogate_key('user', from_phone_number) AS from_user_sk,
  surrogate_key('user', to_phone_number) AS to_user_sk,
  surrogate_key('cell_site', from_cell_site) AS from_cell_sk,
  surrogate_key('cell_site', to_cell_site) AS to_cell_sk,
  surrogate_key('device', substring(from_imei, 1, 8)) AS from_device_sk,
  surrogate_key('device', substring(to_imei, 1, 8)) AS to_device_sk
FROM timed_calls;
