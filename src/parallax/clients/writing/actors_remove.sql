-- $1 client   $2 after this actor   $3 to this actor
delete from actor where client_id = $1 and actor_id > $2 and actor_id <= $3
