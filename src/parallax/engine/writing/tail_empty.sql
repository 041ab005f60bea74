-- Nothing waits any more: all that was accepted is in what is derived, or gone.
-- $1 client
update client_state set folded = position, waiting_since = null
where client_id = $1 and not exists (select from event_tail where client_id = $1)
