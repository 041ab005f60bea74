-- Folded batches that were written after a generation.
-- $1 client   $2 stream   $3 generation
select day, position, events, load_id from event_segment
where client_id = $1 and stream = $2::smallint and version > $3
order by day, position
