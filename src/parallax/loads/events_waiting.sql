-- How many events and logs wait to be folded.
-- $1 client
select position - folded as waiting from client_state where client_id = $1
