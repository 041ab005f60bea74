-- $1 client
select position, events, first_at, last_at, core from event_tail where client_id = $1 order by position
