-- Makes this transaction the client's one writer until it ends; the next version of what is derived.
-- $1 client
update client_state set generation = generation + 1 where client_id = $1 returning generation
