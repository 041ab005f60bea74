-- Makes this transaction the client's one writer until it ends, and tells the versions that it may move.
-- $1 client
select position, generation, links, traits, usage_version, next_actor from client_state where client_id = $1 for update
