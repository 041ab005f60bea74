-- $1 client   $2 stream   $3 version   $4 blocks integer[]   $5 how many integer[]   $6 facts bytea[]
insert into session_block (client_id, stream, version, block, sessions, data)
select $1, $2, $3, * from unnest($4::integer[], $5::integer[], $6::bytea[])
on conflict (client_id, stream, block) do update
set version = excluded.version, sessions = excluded.sessions, data = excluded.data
