-- $1 client   $2 stream   $3 numbers integer[]   $4 fields text[]   $5 whether counted boolean[]
insert into counted_field (client_id, stream, number, field, counted)
select $1, $2, * from unnest($3::integer[], $4::text[], $5::boolean[])
on conflict (client_id, stream, number) do update set counted = excluded.counted
