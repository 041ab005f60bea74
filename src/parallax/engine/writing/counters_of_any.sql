-- How often values came, on some days on end.
-- $1 client   $2 scope   $3 from this day   $4 how many days
select day, counters from event_day where client_id = $1 and scope = $2 and event = 0 and day >= $3
order by day limit $4
