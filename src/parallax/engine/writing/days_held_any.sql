-- Days of which something is derived.
-- $1 client   $2 stream
select distinct day from event_day
where client_id = $1 and scope % 2 = $2::integer
  and (events <> 0 or users <> 0 or sessions <> 0 or firsts <> 0 or starts <> 0 or bounces <> 0 or session_us <> 0)
