-- What differs after rows of the truth were taken away: a load undone, a user purged, or the client made anew.
-- $1 client
select (select created_at from client where id = $1) as since,
       (select max(undone_at) from event_load where client_id = $1) as undone,
       (select count(*) from erasure where client_id = $1 and purged_at is not null) as purged
