-- $1 client   $2 app   $3 name   $4 when
insert into app (client_id, id, name, created_at, updated_at) values ($1, $2, $3, $4, $4)
on conflict (client_id, id) do nothing
