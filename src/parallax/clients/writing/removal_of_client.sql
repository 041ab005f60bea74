-- Whether the client is being deleted.
-- $1 client   $2 the nil id
select since from removal where client_id = $1 and app_id = $2
