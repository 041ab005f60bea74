-- $1 client   $2 load
update event_load set finished_at = now() where client_id = $1 and id = $2
