-- $1 client   $2 position   $3 events   $4 first at   $5 last at   $6 core   $7 ids   $8 fields
update event_tail set events = $3, first_at = $4, last_at = $5, core = $6, ids = $7, fields = $8
where client_id = $1 and position = $2
