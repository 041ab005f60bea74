-- How far a client's timelines go; no row where none were made.
-- $1 client
select version, position, generation, links from timeline_state where client_id = $1
