-- Makes this transaction the one that changes what is derived for the client, until it ends.
-- $1 client
select pg_advisory_xact_lock(hashtextextended('parallax.fold.' || $1::uuid, 0))
