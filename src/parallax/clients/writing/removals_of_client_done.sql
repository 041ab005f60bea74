-- $1 client
delete from removal where client_id = $1
