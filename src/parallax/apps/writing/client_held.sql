-- The client, which cannot be deleted until the transaction ends.
-- $1 client
select time_zone from client where id = $1 for key share
