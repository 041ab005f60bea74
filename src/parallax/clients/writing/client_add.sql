-- $1 client   $2 name   $3 time zone   $4 when
insert into client (id, name, time_zone, created_at, updated_at) values ($1, $2, $3, $4, $4)
on conflict (id) do nothing
