-- With its state and its grants.
-- $1 client
delete from client where id = $1
