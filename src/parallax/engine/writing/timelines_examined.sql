-- All blocks of a week.
-- $1 client   $2 week
select block, version, events, users, times, names, apps from timeline where client_id = $1 and week = $2::integer order by block
