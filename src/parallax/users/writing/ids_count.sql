-- $1 client   $2 ids integer[]
select count(*) as ids from actor where client_id = $1 and actor_id = any($2::integer[])
