-- After batches that waited were taken away.
-- $1 client
update client_state set waiting_since = null
where client_id = $1 and not exists (select from event_tail where event_tail.client_id = $1)
