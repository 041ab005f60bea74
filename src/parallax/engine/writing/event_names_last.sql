-- The number given last, and how many names the stream has.
-- $1 client   $2 stream
select coalesce(max(number), 0) as last, count(*) filter (where stream = $2) as names
from event_name where client_id = $1
