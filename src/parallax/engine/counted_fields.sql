-- The fields that are counted by day, or were once, with the values of those that are.
-- $1 clients uuid[]
select field.client_id, field.stream, field.number, field.field, field.counted, value.code, value.value
from counted_field field
left join counted_value value
  on value.client_id = field.client_id and value.stream = field.stream and value.field = field.number
 and field.counted
where field.client_id = any($1::uuid[])
