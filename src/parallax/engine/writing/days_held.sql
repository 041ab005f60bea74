-- $1 client   $2 scopes integer[]   $3 events integer[]   $4 days integer[]
select day.scope, day.event, day.day, day.version, day.events, day.users, day.sessions, day.firsts, day.starts,
       day.bounces, day.session_us, day.user_bits, day.user_counts, day.session_bits, day.first_bits, day.counters
from unnest($2::integer[], $3::integer[], $4::integer[]) as asked (scope, event, day)
join event_day day
  on day.client_id = $1 and day.scope = asked.scope and day.event = asked.event and day.day = asked.day
