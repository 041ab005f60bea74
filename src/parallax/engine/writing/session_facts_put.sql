-- A block that is there; it may hold no session any more.
-- $1 client   $2 stream   $3 block   $4 version   $5 how many sessions   $6 their facts
update session_block set version = $4, sessions = $5, data = $6 where client_id = $1 and stream = $2 and block = $3
