-- What is accepted and not folded yet.
-- $1 client
select position, core, ids, fields from event_tail where client_id = $1 order by position
