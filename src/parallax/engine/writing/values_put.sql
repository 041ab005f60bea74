-- $1 client   $2 stream   $3 fields integer[]   $4 codes integer[]   $5 values text[]
insert into counted_value (client_id, stream, field, code, value)
select $1, $2, * from unnest($3::integer[], $4::integer[], $5::text[])
on conflict (client_id, stream, field, code) do nothing
