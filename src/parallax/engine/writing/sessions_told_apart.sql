-- $1 client
update client_state set sessions_by_user = true where client_id = $1 and not sessions_by_user
