-- $1 client   $2 sessions integer[]
delete from session_id where client_id = $1 and number = any($2::integer[])
