-- $1 client   $2 stream   $3 UTC day   $4 position
select chunks, core, ids, fields from event_segment where client_id = $1 and stream = $2 and day = $3 and position = $4
