-- Ids with traits, and those that they belong to.
-- $1 client
select actor_id, canonical, traits::text as traits from actor where client_id = $1 and traits is not null
