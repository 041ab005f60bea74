-- Of one event of a scope: who did it for the first time, day by day.
-- $1 client   $2 scope   $3 event
select day, first_bits from event_day
where client_id = $1 and scope = $2 and event = $3 and firsts > 0
order by day
