-- $1 client
insert into client_state (client_id) values ($1) on conflict do nothing
