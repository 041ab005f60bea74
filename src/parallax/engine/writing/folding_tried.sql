-- As `folding`, without waiting: whether it is ours.
-- $1 client
select pg_try_advisory_xact_lock(hashtextextended('parallax.fold.' || $1::uuid, 0)) as ours
