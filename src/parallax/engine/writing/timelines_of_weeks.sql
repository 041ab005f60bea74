-- $1 client   $2 weeks integer[]
select block, week from timeline where client_id = $1 and week = any($2::integer[])
