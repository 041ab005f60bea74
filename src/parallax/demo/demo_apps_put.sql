-- $1 client   $2 ids uuid[]   $3 names text[]
insert into app (client_id, id, name) select $1, * from unnest($2::uuid[], $3::text[]) on conflict do nothing
