-- $1 client   $2 app
delete from removal where client_id = $1 and app_id = $2
