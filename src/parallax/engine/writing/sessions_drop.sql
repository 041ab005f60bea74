-- $1 client   $2 stream   $3 all but these blocks integer[]
delete from session_block where client_id = $1 and stream = $2::smallint and block <> all ($3::integer[])
