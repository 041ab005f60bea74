-- $1 client   $2 the number of the next new session
update client_state set next_session = $2 where client_id = $1
