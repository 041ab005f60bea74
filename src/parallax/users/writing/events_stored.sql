-- How many folded events a purge has to look at.
-- $1 client
select coalesce(sum(events), 0)::bigint as events from event_segment where client_id = $1
