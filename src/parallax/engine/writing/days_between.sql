-- Every row of some days.
-- $1 client   $2 scopes integer[]   $3 first day   $4 last day, included
select day.scope, day.event, day.day, day.version, day.events, day.users, day.sessions, day.firsts, day.starts,
       day.bounces, day.session_us, day.user_bits, day.user_counts, day.session_bits, day.first_bits, day.counters
from event_day day
where day.client_id = $1 and day.scope = any($2::integer[]) and day.day between $3::integer and $4::integer
