-- Values that no event has any more. Their codes stay taken; what stands in their place can be nobody's value.
-- $1 client   $2 stream   $3 fields integer[]   $4 codes integer[]
update counted_value set value = '"\u0000' || counted_value.code || '"'
from unnest($3::integer[], $4::integer[]) as gone (field, code)
where counted_value.client_id = $1 and counted_value.stream = $2
  and counted_value.field = gone.field and counted_value.code = gone.code
