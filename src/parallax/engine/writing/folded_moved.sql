-- What came while a fold read came no earlier than the fold began.
-- $1 client   $2 folded up to   $3 zone   $4 whether all was read that was there
update client_state
set folded = $2, folded_zone = $3, generation = generation + 1,
    waiting_since = case when position <= $2 then null when $4::boolean then now() else waiting_since end
where client_id = $1
