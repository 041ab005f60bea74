-- Blocks of an app that hold days of a month: those days, the weeks that they are in, the month.
-- $1 client   $2 app   $3 the month's first day
select span, bucket, bits from app_usage_users
where client_id = $1 and application_id = $2
  and (span = 'day' and bucket >= $3::date and bucket < $3::date + interval '1 month'
       or span = 'week' and bucket > $3::date - 7 and bucket < $3::date + interval '1 month'
       or span = 'month' and bucket = $3::date)
