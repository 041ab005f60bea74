-- $1 client   $2 stream   $3 names text[]   $4 their numbers integer[]
insert into event_name (client_id, stream, name, number) select $1, $2, * from unnest($3::text[], $4::integer[])
