-- $1 client   $2 version   $3 position   $4 generation   $5 links
insert into timeline_state (client_id, version, position, generation, links) values ($1, $2, $3, $4, $5)
on conflict (client_id) do update set version = excluded.version, position = excluded.position,
    generation = excluded.generation, links = excluded.links, settled_at = now()
