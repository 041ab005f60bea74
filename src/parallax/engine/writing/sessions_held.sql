-- $1 client   $2 stream   $3 blocks integer[]
select block, data from session_block where client_id = $1 and stream = $2::smallint and block = any($3::integer[])
