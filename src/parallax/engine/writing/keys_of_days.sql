-- What there is of these days: of every scope and event of a stream.
-- $1 client   $2 stream   $3 days integer[]
select scope, event, day from event_day where client_id = $1 and day = any($3::integer[]) and scope % 2 = $2
