-- Whether a client's data are as far as a receipt says; no row for a client that is not there.
-- $1 client   $2 position   $3 usage version   $4 links   $5 traits
select position >= $2 and usage_version >= $3 and links >= $4 and traits >= $5 as reached
from client_state where client_id = $1
