-- $1 client   $2 stream   $3 first day   $4 last day, included (UTC)
select day, position, events, load_id from event_segment
where client_id = $1 and stream = $2::smallint and day between $3::date and $4::date
order by day, position
