-- $1 client   $2 external ids text[]   $3 their numbers integer[]
insert into actor (client_id, external_id, actor_id) select $1, * from unnest($2::text[], $3::integer[])
