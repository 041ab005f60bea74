-- $1 client   $2 version   $3 scopes integer[]   $4 events integer[]   $5 days integer[]   $6 users integer[]
-- $7 who bytea[]   $8 how often bytea[]
update event_day
set version = $2, users = given.users, user_bits = given.bits, user_counts = given.counts
from unnest($3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::bytea[], $8::bytea[])
     as given (scope, event, day, users, bits, counts)
where event_day.client_id = $1 and event_day.scope = given.scope and event_day.event = given.event
  and event_day.day = given.day
