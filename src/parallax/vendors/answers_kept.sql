-- What is kept of pieces. $1 accounts, $2 digests of pieces, $3 first buckets, $4 last buckets: as many of each.
select row.account, row.piece, row.bucket, row.part, row.read_at
from unnest($1::text[], $2::bytea[], $3::date[], $4::date[]) as wanted (account, piece, first, last)
join vendor_answer row
  on row.account = wanted.account and row.piece = wanted.piece and row.bucket between wanted.first and wanted.last
