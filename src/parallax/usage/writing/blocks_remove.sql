-- $1 client   $2 app
delete from app_usage_users where client_id = $1 and application_id = $2
