-- $1 client   $2 erasure   $3 links   $4 actors integer[]   $5 when   $6 layers as JSON
insert into erasure (client_id, id, link, actors, accepted_at, invisible_at, layers)
values ($1, $2, $3, $4, $5, clock_timestamp(), $6::jsonb)
