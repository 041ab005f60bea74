-- Who did what, and how often, on these days: of every scope and event of a stream.
-- $1 client   $2 stream   $3 days integer[]
select scope, event, day, user_bits, user_counts from event_day
where client_id = $1 and day = any($3::integer[]) and scope % 2 = $2 and users > 0
