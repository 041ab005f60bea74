-- The first day that rows are kept of, null for all; and the first day that is derived.
-- $1 client
select (select nullif(since, '1970-01-01') from raw_kept) as kept,
       (select min(day) from event_day where client_id = $1 and scope in (0, 1) and event = 0 and events > 0) as derived
