-- $1 client   $2 load
select id, name, lines, finished_at, undone_at from event_load where client_id = $1 and id = $2
