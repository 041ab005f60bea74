-- Which blocks there are.
-- $1 client   $2 stream
select block from session_block where client_id = $1 and stream = $2::smallint order by block
