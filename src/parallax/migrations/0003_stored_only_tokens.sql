-- Tokens that may run stored operations and nothing else.

alter table api_token add column stored_only boolean not null default false;

-- One column more, which only a new function can have. A gateway that runs meanwhile finds this one by its name, and may
-- call it: until grants.sql has been applied, everybody who may use the schema may.
drop function token_by_hash(bytea);
create function token_by_hash(asked bytea)
returns table (id uuid, name text, is_operator boolean, expires_at timestamptz, last_used_at timestamptz,
               clients uuid[], roles text[], stored_only boolean)
language sql stable security definer set search_path = ''
as $$
    select t.id, t.name, t.is_operator, t.expires_at, t.last_used_at,
           coalesce(array_agg(g.client_id order by g.client_id) filter (where g.client_id is not null), '{}'),
           coalesce(array_agg(g.role order by g.client_id) filter (where g.client_id is not null), '{}'),
           t.stored_only
    from parallax.api_token t left join parallax.api_token_grant g on g.token_id = t.id and g.revoked_at is null
    where t.secret_hash = asked and t.revoked_at is null
    group by t.id
    having t.is_operator or count(g.client_id) > 0 -- one that opens nothing any more is none
$$;
