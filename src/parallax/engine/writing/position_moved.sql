-- $1 client   $2 the position accepted last
update client_state set position = $2, waiting_since = coalesce(waiting_since, now()) where client_id = $1
