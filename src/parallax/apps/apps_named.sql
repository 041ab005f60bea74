-- Clients that have an app of this UUID, also one that is being deleted.
-- $1 app   $2 client, or null for any
select client_id from app where id = $1 and ($2::uuid is null or client_id = $2)
union
select client_id from removal where app_id = $1 and ($2::uuid is null or client_id = $2)
order by client_id
