-- $1 client   $2 version   $3 stream   $4 days date[]   $5 positions bigint[]   $6 events integer[]   $7 first at bigint[]
-- $8 last at bigint[]   $9 loads uuid[]   $10 chunks bytea[]   $11 core bytea[]   $12 ids bytea[]   $13 fields bytea[]
insert into event_segment (client_id, version, stream, day, position, events, first_at, last_at, load_id, chunks, core, ids,
                           fields)
select $1, $2, $3, *
from unnest($4::date[], $5::bigint[], $6::integer[], $7::bigint[], $8::bigint[], $9::uuid[], $10::bytea[], $11::bytea[],
            $12::bytea[], $13::bytea[])
