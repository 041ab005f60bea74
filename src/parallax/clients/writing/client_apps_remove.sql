-- $1 client
delete from app where client_id = $1
