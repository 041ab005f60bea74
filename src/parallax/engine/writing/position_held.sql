-- Makes this transaction the client's one writer until it ends, and tells where its data stand.
-- $1 client
select position, folded, generation, links, next_actor, next_session,
       (extract(epoch from (select since from raw_kept)) * 1000000)::bigint as kept_us
from client_state where client_id = $1
for update
