-- $1 client   $2 app   $3 before this day, or null for all
delete from app_usage_day where client_id = $1 and application_id = $2 and ($3::date is null or activity_date < $3)
