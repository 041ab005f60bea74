-- $1 client   $2 stream   $3 UTC day   $4 position
delete from event_segment where client_id = $1 and stream = $2 and day = $3 and position = $4
