-- $1 client
select position, folded, generation, waiting_since is not null as waits, folded_zone, next_actor, next_session
from client_state where client_id = $1
