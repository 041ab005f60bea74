-- What users did, in order: 16,384 users and a week (7 UTC days since 1970) to a row, their events sorted by user and time.
-- Made from folded events, some time after the fold: `timeline_state` says how far. Readers add the rest.
create table timeline (
    client_id uuid not null,
    block integer not null, -- the users' numbers without their last 14 bits
    week integer not null,
    version bigint not null,
    events integer not null,
    users bytea not null,
    times bytea not null,
    names bytea not null,
    apps bytea not null,
    primary key (client_id, block, week)
);
alter table timeline alter column users set storage external, alter column times set storage external,
    alter column names set storage external, alter column apps set storage external;

create table timeline_state (
    client_id uuid primary key,
    version bigint not null, -- the newest of the blocks
    position bigint not null, -- events accepted up to here are in the blocks
    generation bigint not null, -- batches folded later carry a larger version
    links bigint not null, -- who was who when the blocks were made
    settled_at timestamptz not null default now()
);

do $$
declare
    name text;
begin
    foreach name in array array['timeline', 'timeline_state'] loop
        execute format('alter table parallax.%I enable row level security, force row level security', name);
        execute format('create policy of_scope on parallax.%I using (client_id = any ((select parallax.scope())::uuid[]))', name);
    end loop;
end
$$;
