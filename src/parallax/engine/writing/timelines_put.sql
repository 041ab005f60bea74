-- $1 client   $2 version   $3 blocks integer[]   $4 weeks integer[]   $5 events integer[]   $6 users bytea[]
-- $7 times bytea[]   $8 names bytea[]   $9 apps bytea[]
insert into timeline (client_id, version, block, week, events, users, times, names, apps)
select $1, $2, * from unnest($3::integer[], $4::integer[], $5::integer[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[])
on conflict (client_id, block, week) do update set version = excluded.version, events = excluded.events,
    users = excluded.users, times = excluded.times, names = excluded.names, apps = excluded.apps
