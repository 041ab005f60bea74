-- Which objects of which vendors an app is, what opens a vendor's door for a client, and a second key while one is changed.
--
-- `sealed` is sealed by the gateway (access/sealing): neither a dump nor SQL tells what it holds. `created_by` and
-- `connected_by` are the name of the token then, `creator` and `connector` its id; null: the command line.

create table app_link (
    client_id uuid not null,
    id uuid not null,
    application_id uuid not null,
    system text not null check (system in ('SENSOR_TOWER', 'KORE_AI', 'KAON')),
    store text check (store in ('IOS', 'ANDROID', 'UNIFIED')),
    key text collate "C" not null check (length(key) between 1 and 255), -- what the vendor calls it
    label text,
    sealed bytea, -- a key of its own, where it has one
    created_at timestamptz not null default now(),
    created_by text not null,
    creator uuid,
    primary key (client_id, id),
    check ((system = 'SENSOR_TOWER') = (store is not null)),
    unique nulls not distinct (client_id, application_id, system, store, key),
    foreign key (client_id, application_id) references app (client_id, id) on delete cascade
);

create table vendor_credential (
    client_id uuid not null references client (id) on delete cascade,
    system text not null check (system in ('SENSOR_TOWER', 'KORE_AI', 'KAON')),
    sealed bytea not null,
    connected_at timestamptz not null default now(),
    connected_by text not null,
    connector uuid,
    primary key (client_id, system)
);

alter table app_link enable row level security, force row level security;
alter table vendor_credential enable row level security, force row level security;
create policy of_scope on app_link using (client_id = any ((select scope())::uuid[]));
create policy of_scope on vendor_credential using (client_id = any ((select scope())::uuid[]));

-- ---------------------------------------------------------------- what a token gets when a vendor's quota runs low
alter table api_token add column when_low jsonb not null default '{}'; -- vendor -> NULL or REFUSE; absent: STALE

-- As in 0003: a gateway that runs meanwhile finds the function by its name.
drop function token_by_hash(bytea);
create function token_by_hash(asked bytea)
returns table (id uuid, name text, is_operator boolean, expires_at timestamptz, last_used_at timestamptz,
               clients uuid[], roles text[], stored_only boolean, ingest_only boolean, when_low jsonb)
language sql stable security definer set search_path = ''
as $$
    select t.id, t.name, t.is_operator, t.expires_at, t.last_used_at,
           coalesce(array_agg(g.client_id order by g.client_id) filter (where g.client_id is not null), '{}'),
           coalesce(array_agg(g.role order by g.client_id) filter (where g.client_id is not null), '{}'),
           t.stored_only, t.ingest_only, t.when_low
    from parallax.api_token t left join parallax.api_token_grant g on g.token_id = t.id and g.revoked_at is null
    where t.secret_hash = asked and t.revoked_at is null
    group by t.id
    having t.is_operator or count(g.client_id) > 0 -- one that opens nothing any more is none
$$;

-- ---------------------------------------------------------------- two keys while one is changed
-- A gateway that still seals with the key before must not find every answer empty: it is believed until a migration that
-- knows the new key alone.
alter table parallax_private.signing add column earlier bytea;

create or replace function scope() returns uuid[]
language plpgsql stable parallel safe security definer set search_path = ''
as $$
declare
    setting text := current_setting('parallax.scope', true);
    parts text[];
    claim bytea;
    secret bytea;
    before bytea;
begin
    if setting is null or setting = '' then
        return '{}';
    end if;
    parts := string_to_array(setting, '|');
    if cardinality(parts) <> 3 then
        return '{}';
    end if;
    claim := convert_to(parts[1] || '|' || parts[2], 'UTF8');
    select key, earlier into secret, before from parallax_private.signing;
    -- "is distinct from": a missing key gives null, and null must not let anybody in
    if encode(sha256(secret || sha256(secret || claim)), 'hex') is distinct from parts[3]
       and encode(sha256(before || sha256(before || claim)), 'hex') is distinct from parts[3] then
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
