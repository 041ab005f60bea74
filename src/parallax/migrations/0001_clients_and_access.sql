-- Clients, their apps, API tokens, and the wall between clients: row-level security on a signed setting.
--
-- The setting `parallax.scope` reads "<client ids or *>|<epoch seconds>|<seal>". Whoever can run SQL can set it, but only
-- the gateway can seal it, and a seal runs out. Unset, altered or expired means: no rows.

create schema parallax_private;
revoke all on schema parallax_private from public;

create table parallax_private.signing (single boolean primary key default true check (single), key bytea not null);

create function scope() returns uuid[]
language plpgsql stable parallel safe security definer set search_path = ''
as $$
declare
    setting text := current_setting('parallax.scope', true);
    parts text[];
    secret bytea;
begin
    if setting is null or setting = '' then
        return '{}';
    end if;
    parts := string_to_array(setting, '|');
    if cardinality(parts) <> 3 then
        return '{}';
    end if;
    select key into secret from parallax_private.signing;
    -- "is distinct from": a missing key gives null, and null must not let anybody in
    if encode(sha256(secret || sha256(secret || convert_to(parts[1] || '|' || parts[2], 'UTF8'))), 'hex')
       is distinct from parts[3] then
        return '{}';
    end if;
    if parts[2]::bigint < extract(epoch from statement_timestamp()) then
        return '{}';
    end if;
    if parts[1] = '*' then
        return array['00000000-0000-0000-0000-000000000000'::uuid];
    end if;
    return string_to_array(parts[1], ',')::uuid[];
end
$$;

comment on function scope() is
    'Clients that the sealed setting parallax.scope opens; the nil id stands for an operator who lists all clients, apps or tokens.';

-- Names sort by code point: a cursor keeps its place whatever the locale of the server.
create table client (
    id uuid primary key,
    name text collate "C" not null check (length(name) between 1 and 200),
    time_zone text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (id <> '00000000-0000-0000-0000-000000000000')
);
create index client_by_name on client (name, id);

-- One row per client, locked by whoever writes its data: one writer per client. The version moves with every change.
create table client_state (
    client_id uuid primary key references client (id) on delete cascade,
    next_actor integer not null default 1,
    usage_version bigint not null default 0
);

create table app (
    client_id uuid not null references client (id),
    id uuid not null,
    name text collate "C" not null check (length(name) between 1 and 200),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (client_id, id),
    check (id <> '00000000-0000-0000-0000-000000000000')
);
create index app_by_name on app (client_id, name, id);
create index app_by_id on app (id);

-- What is being deleted: nobody sees it any more, its rows go in batches, and until they are gone its id is not given anew.
create table removal (
    client_id uuid not null,
    app_id uuid not null, -- the nil id stands for the client itself
    since timestamptz not null default now(),
    primary key (client_id, app_id)
);

-- Tokens are of the installation, what they open is of a client: a reference table where tables are distributed.
create table api_token (
    id uuid primary key,
    name text collate "C" not null check (length(name) between 1 and 200),
    secret_hash bytea not null unique,
    is_operator boolean not null default false,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);

create table api_token_grant (
    client_id uuid not null references client (id) on delete cascade,
    token_id uuid not null references api_token (id) on delete cascade,
    role text not null check (role in ('VIEWER', 'EDITOR', 'ADMIN')),
    revoked_at timestamptz, -- for this client alone; the token's own is for all
    primary key (client_id, token_id)
);
create index api_token_grant_by_token on api_token_grant (token_id);

alter table client enable row level security, force row level security;
alter table client_state enable row level security, force row level security;
alter table app enable row level security, force row level security;
alter table removal enable row level security, force row level security;
alter table api_token enable row level security, force row level security;
alter table api_token_grant enable row level security, force row level security;

-- (select scope()) is evaluated once per statement; the nil id opens the lists that an operator may read whole:
-- clients, apps, tokens, what they open, and what is being deleted.
create policy of_scope on client
    using ((select scope()) && array[id, '00000000-0000-0000-0000-000000000000']);
create policy of_scope on client_state using (client_id = any ((select scope())::uuid[]));
create policy of_scope on app
    using ((select scope()) && array[client_id, '00000000-0000-0000-0000-000000000000']);
create policy of_scope on removal
    using ((select scope()) && array[client_id, '00000000-0000-0000-0000-000000000000']);
create policy of_scope on api_token_grant
    using ((select scope()) && array[client_id, '00000000-0000-0000-0000-000000000000']);
create policy of_scope on api_token
    using ((select scope()) && array['00000000-0000-0000-0000-000000000000'::uuid]
           or exists (select from api_token_grant g where g.token_id = api_token.id));
-- A token is written before its grants; only an operator makes operators.
create policy made on api_token for insert
    with check (not is_operator or (select scope()) && array['00000000-0000-0000-0000-000000000000'::uuid]);
-- token_by_hash runs as the owner, whom force binds as well.
create policy lookup on api_token for select to current_user using (true);
create policy lookup on api_token_grant for select to current_user using (true);

-- What must work before a scope is known: takes the hash of a secret, tells about that token alone.
create function token_by_hash(asked bytea)
returns table (id uuid, name text, is_operator boolean, expires_at timestamptz, last_used_at timestamptz,
               clients uuid[], roles text[])
language sql stable security definer set search_path = ''
as $$
    select t.id, t.name, t.is_operator, t.expires_at, t.last_used_at,
           coalesce(array_agg(g.client_id order by g.client_id) filter (where g.client_id is not null), '{}'),
           coalesce(array_agg(g.role order by g.client_id) filter (where g.client_id is not null), '{}')
    from parallax.api_token t left join parallax.api_token_grant g on g.token_id = t.id and g.revoked_at is null
    where t.secret_hash = asked and t.revoked_at is null
    group by t.id
    having t.is_operator or count(g.client_id) > 0 -- one that opens nothing any more is none
$$;
