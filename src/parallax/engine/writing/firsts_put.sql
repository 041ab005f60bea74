-- $1 client   $2 version   $3 scope   $4 event   $5 days integer[]   $6 how many integer[]   $7 who bytea[]
update event_day set version = $2, firsts = given.firsts, first_bits = given.bits
from unnest($5::integer[], $6::integer[], $7::bytea[]) as given (day, firsts, bits)
where event_day.client_id = $1 and event_day.scope = $3 and event_day.event = $4 and event_day.day = given.day
