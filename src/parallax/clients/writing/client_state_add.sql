-- $1 client
insert into client_state (client_id) values ($1)
