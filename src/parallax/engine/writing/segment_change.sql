-- $1 client   $2 stream   $3 UTC day   $4 position   $5 version   $6 events   $7 first at   $8 last at   $9 chunks
-- $10 core   $11 ids   $12 fields
update event_segment
set version = $5, events = $6, first_at = $7, last_at = $8, chunks = $9, core = $10, ids = $11, fields = $12
where client_id = $1 and stream = $2 and day = $3 and position = $4
