-- $1 client   $2 version   $3 names text[]   $4 hashes bytea[]   $5 values text[]   $6 users integer[]   $7 who bytea[]
insert into trait (client_id, version, name, hash, value, users, bits)
select $1, $2, * from unnest($3::text[], $4::bytea[], $5::text[], $6::integer[], $7::bytea[])
on conflict (client_id, name, hash) do update
set version = excluded.version, users = excluded.users, bits = excluded.bits
