-- $1 client   $2 external ids text[]
select external_id, actor_id from actor where client_id = $1 and external_id = any($2::text[])
