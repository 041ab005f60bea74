-- Those of the names that have a number.
-- $1 client   $2 stream   $3 names text[]
select name, number from event_name where client_id = $1 and stream = $2 and name = any($3::text[])
