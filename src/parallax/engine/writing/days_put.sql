-- $1 client   $2 version   $3 scopes integer[]   $4 events integer[]   $5 days integer[]   $6 events bigint[]
-- $7 users integer[]   $8 sessions integer[]   $9 firsts integer[]   $10 starts integer[]   $11 bounces integer[]
-- $12 durations bigint[]   $13 user bits bytea[]   $14 user counts bytea[]   $15 session bits bytea[]
-- $16 first bits bytea[]   $17 counters bytea[]
insert into event_day (client_id, version, scope, event, day, events, users, sessions, firsts, starts, bounces, session_us,
                       user_bits, user_counts, session_bits, first_bits, counters)
select $1, $2, *
from unnest($3::integer[], $4::integer[], $5::integer[], $6::bigint[], $7::integer[], $8::integer[], $9::integer[],
            $10::integer[], $11::integer[], $12::bigint[], $13::bytea[], $14::bytea[], $15::bytea[], $16::bytea[],
            $17::bytea[])
on conflict (client_id, scope, event, day) do update
set version = excluded.version, events = excluded.events, users = excluded.users, sessions = excluded.sessions,
    firsts = excluded.firsts, starts = excluded.starts, bounces = excluded.bounces, session_us = excluded.session_us,
    user_bits = excluded.user_bits, user_counts = excluded.user_counts, session_bits = excluded.session_bits,
    first_bits = excluded.first_bits, counters = excluded.counters
