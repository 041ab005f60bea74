-- Loads of a file that were not taken back, the latest first.
-- $1 client   $2 by which the file is known
select id, lines, finished_at
from event_load
where client_id = $1 and fingerprint = $2 and undone_at is null
order by started_at desc
limit 1
