-- $1 client   $2 version   $3 apps uuid[]   $4 spans text[]   $5 first days date[]   $6 users integer[]   $7 bits bytea[]
insert into app_usage_users (client_id, version, application_id, span, bucket, users, bits)
select $1, $2, * from unnest($3::uuid[], $4::text[], $5::date[], $6::integer[], $7::bytea[])
on conflict (client_id, application_id, span, bucket) do update
set users = excluded.users, version = excluded.version, bits = excluded.bits
