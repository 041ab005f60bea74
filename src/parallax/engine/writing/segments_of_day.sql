-- $1 client   $2 stream   $3 UTC day
select position, chunks, core from event_segment where client_id = $1 and stream = $2 and day = $3 order by position
