-- Waits for the client's writer and keeps out the next until this transaction ends.
-- $1 client
select client_id from client_state where client_id = $1 for update
