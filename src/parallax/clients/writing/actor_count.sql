-- $1 client
select count(*) as actors, coalesce(max(actor_id), 0) as last from actor where client_id = $1
