-- UTC days that have folded rows.
-- $1 client
select distinct stream, day from event_segment where client_id = $1 order by stream, day
