-- $1 client   $2 position
delete from event_tail where client_id = $1 and position <= $2
