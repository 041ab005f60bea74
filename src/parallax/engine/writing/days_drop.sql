-- $1 client   $2 from this day on
delete from event_day where client_id = $1 and day >= $2::integer
