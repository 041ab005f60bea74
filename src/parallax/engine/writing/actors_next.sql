-- $1 client   $2 the number of the next new user
update client_state set next_actor = $2 where client_id = $1
