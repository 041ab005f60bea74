-- Takes the folded batches of some days away, the oldest first.
-- $1 client   $2 how many days
delete from event_segment
where client_id = $1 and day = any (array(
    select distinct day from event_segment where client_id = $1 order by day limit $2::integer
))
