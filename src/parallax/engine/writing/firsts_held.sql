-- First-seen sets from a day on, of some scopes and events.
-- $1 client   $2 scopes integer[]   $3 events integer[]   $4 first days integer[]
select day.scope, day.event, day.day, day.first_bits
from unnest($2::integer[], $3::integer[], $4::integer[]) as asked (scope, event, since)
join event_day day
  on day.client_id = $1 and day.scope = asked.scope and day.event = asked.event and day.day >= asked.since
 and day.firsts > 0
