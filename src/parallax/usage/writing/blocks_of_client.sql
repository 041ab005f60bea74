-- Distinct users of every month, of all apps.
-- $1 client
select application_id, bucket, bits from app_usage_users where client_id = $1 and span = 'month'
order by application_id, bucket
