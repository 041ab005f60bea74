-- Keeps parts of one account, unless later ones are there. $1 account, $2 digests of pieces, $3 buckets, $4 parts as JSON: as
-- many of each. $5 when they were read.
insert into vendor_answer as old (account, piece, bucket, part, read_at)
select $1, piece, bucket, part, $5 from unnest($2::bytea[], $3::date[], $4::bytea[]) as fresh (piece, bucket, part)
on conflict (account, piece, bucket) do update set part = excluded.part, read_at = excluded.read_at
where old.read_at < excluded.read_at
