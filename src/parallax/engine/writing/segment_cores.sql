-- $1 client   $2 stream   $3 UTC days date[]
select day, position, chunks, core from event_segment where client_id = $1 and stream = $2 and day = any($3::date[])
order by day, position
