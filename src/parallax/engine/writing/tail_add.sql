-- $1 client   $2 position   $3 stream   $4 events   $5 first at   $6 last at   $7 load or null   $8 core   $9 ids   $10 fields
insert into event_tail (client_id, position, stream, events, first_at, last_at, load_id, core, ids, fields)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
