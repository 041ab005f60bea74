-- Users of the next days of a scope and event.
-- $1 client   $2 scope   $3 event   $4 from this day on   $5 how many days
select day, user_bits from event_day
where client_id = $1 and scope = $2::integer and event = $3::integer and day >= $4::integer
order by day
limit $5
