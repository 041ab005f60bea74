-- $1 client
select name, value, users, bits from trait where client_id = $1
