-- The app, whose links nobody else changes until the transaction ends.
-- $1 client   $2 app
select id from app where client_id = $1 and id = $2 for no key update
