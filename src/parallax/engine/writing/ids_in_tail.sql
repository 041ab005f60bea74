-- Batches that came after a position and may have rows of the days asked about.
-- $1 client   $2 stream   $3 after this position   $4 first day, microseconds since 1970   $5 up to, excluded
select position, core, ids from event_tail
where client_id = $1 and stream = $2 and position > $3 and last_at >= $4 and first_at < $5
