-- $1 client   $2 load, which was not taken back   $3 lines of it that are stored
update event_load set lines = $3 where client_id = $1 and id = $2 and undone_at is null
