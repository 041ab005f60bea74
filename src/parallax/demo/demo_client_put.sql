-- $1 client   $2 name   $3 time zone
insert into client (id, name, time_zone) values ($1, $2, $3) on conflict do nothing
