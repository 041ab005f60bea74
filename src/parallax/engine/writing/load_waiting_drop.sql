-- What of a load is not folded yet.
-- $1 client   $2 load
delete from event_tail where client_id = $1 and load_id = $2 returning events
