-- $1 client   $2 ids integer[]
select count(*) as reports from app_usage_reports where client_id = $1 and user_id = any($2::integer[])
