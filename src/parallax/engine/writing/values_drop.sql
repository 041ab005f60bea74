-- $1 client   $2 stream   $3 fields integer[]
delete from counted_value where client_id = $1 and stream = $2::smallint and field = any($3::integer[])
