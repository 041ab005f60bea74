-- Makes this transaction the client's one writer until it ends, and moves the version of its usage.
-- $1 client
update client_state set usage_version = usage_version + 1 where client_id = $1 returning usage_version, next_actor
