-- The batches that came first, as many as hold some number of events and one more; none beyond a position.
-- $1 client   $2 events   $3 position
select position, stream, events, load_id, core, ids, fields
from (
    select *, sum(events) over (order by position) - events as before
    from event_tail where client_id = $1 and position <= $3
) as tail
where before < $2
order by position
