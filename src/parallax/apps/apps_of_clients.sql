-- A page of each client's apps by name, all with the same search and size.
-- $1 clients uuid[]   $2 after these names text[]   $3 and these ids uuid[]   $4 search, lower case, or null   $5 how many
select asked.number, found.client_id, found.id, found.name, client.time_zone
from unnest($1::uuid[], $2::text[], $3::uuid[]) with ordinality as asked (client_id, name, id, number)
cross join lateral (
    select app.client_id, app.id, app.name
    from app
    where app.client_id = asked.client_id
      and (asked.name is null or (app.name, app.id) > (asked.name, asked.id))
      and ($4::text is null or strpos(lower(app.name collate "default"), $4) > 0)
    order by app.name, app.id
    limit $5
) as found
join client on client.id = asked.client_id
order by asked.number, found.name, found.id
