-- Events and logs: what was sent, as columns of whole batches; the dictionaries that number its texts; what is derived.
--
-- A batch is one row: of a million rows each with an index the writing of the indexes alone costs more than all the rest.
-- A stream is 0 for events, 1 for logs. A scope is 2 * app + stream: app 0 is the whole client.

-- ---------------------------------------------------------------- where a client's data stand
alter table client_state
    add column position bigint not null default 0,    -- of the event or log accepted last; each has its own
    add column folded bigint not null default 0,      -- all up to here are in what is derived
    add column waiting_since timestamptz,             -- when the oldest that is not folded came; null: none waits
    add column generation bigint not null default 0,  -- moves with each change of what is derived: its new version
    add column folded_zone text,                      -- the zone that days were cut in; null: nothing is derived yet
    add column links bigint not null default 0,       -- moves with each id that is declared to be another's, and each erasure
    add column traits bigint not null default 0,      -- moves with each change of a trait
    add column next_session integer not null default 1;

-- A worker looks for clients whose events wait, whoever they are.
drop policy of_scope on client_state;
create policy of_scope on client_state
    using ((select scope()) && array[client_id, '00000000-0000-0000-0000-000000000000'])
    with check (client_id = any ((select scope())::uuid[]));

-- ---------------------------------------------------------------- dictionaries: numbers are never given twice
create table event_name (
    client_id uuid not null,
    number integer not null check (number > 0), -- 0 stands for any event
    stream smallint not null,
    name text collate "C" not null,
    primary key (client_id, number),
    unique (client_id, stream, name)
);
create table app_number (
    client_id uuid not null,
    number integer not null check (number > 0), -- 0 stands for no app
    app_id uuid not null,
    primary key (client_id, number),
    unique (client_id, app_id)
);
create table session_id (
    client_id uuid not null,
    number integer not null check (number > 0),
    external_id text collate "C" not null,
    primary key (client_id, number),
    unique (client_id, external_id)
);
-- Fields whose values are counted by day: those of few values. `counted` false: it had too many, for good.
create table counted_field (
    client_id uuid not null,
    stream smallint not null,
    number integer not null check (number > 0),
    field text collate "C" not null,
    counted boolean not null default true,
    primary key (client_id, stream, number),
    unique (client_id, stream, field)
);
create table counted_value (
    client_id uuid not null,
    stream smallint not null,
    field integer not null,
    code integer not null check (code > 0),
    value text not null, -- as JSON: 95 and "95" are two
    primary key (client_id, stream, field, code)
);

-- ---------------------------------------------------------------- who is who
alter table actor
    add column canonical integer,       -- the user that this id was declared to be, at the end of the chain; null: itself
    add column linked_at timestamptz,
    add column link bigint,             -- client_state.links when it was declared
    add column traits jsonb;            -- of this id itself: name -> [client_state.traits when it was set, value as JSON text]
create index actor_by_link on actor (client_id, link) where canonical is not null;
create index actor_by_canonical on actor (client_id, canonical) where canonical is not null;

-- Users by the value of a trait, merged ids counted as the user that they are (I8).
create table trait (
    client_id uuid not null,
    name text collate "C" not null,
    hash bytea not null, -- of the value: md5
    value text not null, -- as JSON
    users integer not null,
    version bigint not null,
    bits bytea not null,
    primary key (client_id, name, hash)
);
alter table trait alter column bits set storage external;

create table erasure (
    client_id uuid not null,
    id uuid not null,
    link bigint not null,               -- client_state.links when it was accepted
    actors integer[] not null,
    accepted_at timestamptz not null,
    invisible_at timestamptz not null,
    purged_at timestamptz,
    layers jsonb not null,              -- [{"name", "before", "after"}]
    primary key (client_id, id)
);

-- ---------------------------------------------------------------- the truth
-- A load is a file (or a part of one) that can be taken back; `lines` of it are stored.
create table event_load (
    client_id uuid not null,
    id uuid not null,
    name text not null,
    fingerprint bytea not null,
    lines bigint not null default 0,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    undone_at timestamptz,
    primary key (client_id, id)
);

-- Batches as they came, until they are folded. `core`, `ids` and `fields` are columns: see engine/frames.
create table event_tail (
    client_id uuid not null,
    position bigint not null, -- of its first event, as it was accepted: erasing leaves gaps
    stream smallint not null,
    events integer not null,
    first_at bigint not null, -- microseconds since 1970
    last_at bigint not null,
    load_id uuid,
    core bytea not null,
    ids bytea not null,
    fields bytea not null,
    primary key (client_id, position)
);

-- Folded batches, a UTC day each, larger as time goes on. Months are partitions, so that one can be dropped whole.
create table event_segment (
    client_id uuid not null,
    stream smallint not null,
    day date not null,
    position bigint not null, -- of its first event, as it was accepted
    version bigint not null,
    events integer not null,
    first_at bigint not null,
    last_at bigint not null,
    load_id uuid,
    core bytea not null,
    ids bytea not null,
    fields bytea not null,
    primary key (client_id, stream, day, position)
) partition by range (day);

alter table event_tail alter column core set storage external, alter column ids set storage external,
    alter column fields set storage external;
alter table event_segment alter column core set storage external, alter column ids set storage external,
    alter column fields set storage external;

-- ---------------------------------------------------------------- what is derived
-- A day of a scope, of one event (or of any: 0), in the client's zone. The numbers stand in the index; sets are Roaring
-- bitmaps of actors, of sessions, and of actors whose first such event ever this day holds; `user_counts` is how often each
-- of `user_bits` did it, `counters` how often each value of the counted fields came. `starts`, `bounces` and
-- `session_us` (their summed duration) are of sessions whose first event is this one, and begin on this day.
create table event_day (
    client_id uuid not null,
    scope integer not null,
    event integer not null,
    day integer not null, -- since 1970-01-01
    version bigint not null,
    events bigint not null,
    users integer not null,
    sessions integer not null,
    firsts integer not null,
    starts integer not null,
    bounces integer not null,
    session_us bigint not null,
    user_bits bytea,
    user_counts bytea,
    session_bits bytea,
    first_bits bytea,
    counters bytea,
    primary key (client_id, scope, event, day)
        include (version, events, users, sessions, firsts, starts, bounces, session_us)
);
alter table event_day alter column user_bits set storage external, alter column user_counts set storage external,
    alter column session_bits set storage external, alter column first_bits set storage external,
    alter column counters set storage external;

-- Sessions by number, some thousand in a block: when they began and ended, with what, how many events.
create table session_block (
    client_id uuid not null,
    stream smallint not null,
    block integer not null,
    version bigint not null,
    sessions integer not null,
    data bytea not null,
    primary key (client_id, stream, block)
);
alter table session_block alter column data set storage external;

-- Of an erased user nothing is to be left: statistics would keep a sample of the values.
alter table actor alter column external_id set statistics 0, alter column traits set statistics 0;
alter table session_id alter column external_id set statistics 0;
alter table trait alter column value set statistics 0;
alter table counted_value alter column value set statistics 0;

do $$
declare
    name text;
begin
    foreach name in array array['event_name', 'app_number', 'session_id', 'counted_field', 'counted_value', 'trait',
        'erasure', 'event_load', 'event_tail', 'event_segment', 'event_day', 'session_block']
    loop
        execute format('alter table parallax.%I enable row level security, force row level security', name);
        execute format('create policy of_scope on parallax.%I using (client_id = any ((select parallax.scope())::uuid[]))', name);
    end loop;
end
$$;

-- A worker looks for erasures whose rows are left, whoever's they are.
drop policy of_scope on erasure;
create policy of_scope on erasure
    using ((select scope()) && array[client_id, '00000000-0000-0000-0000-000000000000'])
    with check (client_id = any ((select scope())::uuid[]));

create function ensure_event_month(day date) returns void
language plpgsql security definer set search_path = '' set lock_timeout = '5s'
as $$
declare
    first date := date_trunc('month', day)::date;
    name text := 'event_segment_' || to_char(first, 'YYYYMM');
begin
    if day < '1970-01-01' or day >= '2200-01-01' then -- what is too far ahead was refused, by the gateway's clock
        raise exception 'no month is made for %', day;
    end if;
    if to_regclass('parallax.' || name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('parallax.ensure_event_month'));
    if to_regclass('parallax.' || name) is not null then
        return;
    end if;
    execute format('create table parallax.%I (like parallax.event_segment including all)', name);
    execute format('alter table parallax.%I enable row level security, force row level security', name);
    execute format('create policy of_scope on parallax.%I using (client_id = any ((select parallax.scope())::uuid[]))', name);
    execute format('alter table parallax.event_segment attach partition parallax.%I for values from (%L) to (%L)',
                   name, first, (first + interval '1 month')::date);
end
$$;

-- The day from which on rows are kept. Older ones can neither be taken in (who knows which are duplicates) nor derived anew.
create table raw_kept (single boolean primary key default true check (single), since date not null default '1970-01-01');
insert into raw_kept default values;

-- Raw rows that are older than is kept: whole months, of every client. What is derived from them stays.
create function drop_event_months(before date) returns setof text
language plpgsql security definer set search_path = '' set lock_timeout = '5s'
as $$
declare
    name text;
begin
    update parallax.raw_kept set since = greatest(since, date_trunc('month', before)::date);
    for name in
        select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'parallax.event_segment'::regclass
          and c.relname < 'event_segment_' || to_char(date_trunc('month', before), 'YYYYMM')
        order by 1
    loop
        execute format('drop table parallax.%I', name);
        return next name;
    end loop;
end
$$;

-- ---------------------------------------------------------------- tokens that may send and nothing else
alter table api_token add column ingest_only boolean not null default false;
drop function token_by_hash(bytea);
create function token_by_hash(asked bytea)
returns table (id uuid, name text, is_operator boolean, expires_at timestamptz, last_used_at timestamptz,
               clients uuid[], roles text[], stored_only boolean, ingest_only boolean)
language sql stable security definer set search_path = ''
as $$
    select t.id, t.name, t.is_operator, t.expires_at, t.last_used_at,
           coalesce(array_agg(g.client_id order by g.client_id) filter (where g.client_id is not null), '{}'),
           coalesce(array_agg(g.role order by g.client_id) filter (where g.client_id is not null), '{}'),
           t.stored_only, t.ingest_only
    from parallax.api_token t left join parallax.api_token_grant g on g.token_id = t.id and g.revoked_at is null
    where t.secret_hash = asked and t.revoked_at is null
    group by t.id
    having t.is_operator or count(g.client_id) > 0 -- one that opens nothing any more is none
$$;
