-- $1 client   $2 apps uuid[]
select id from app where client_id = $1 and id = any($2::uuid[])
