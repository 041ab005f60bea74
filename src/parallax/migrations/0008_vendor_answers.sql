-- What vendors answered, so that neither a restart nor a second gateway spends their quota again, and how many calls were
-- made. Neither belongs to a client: clients with the same credentials share both, and `account` is a keyed hash of these.
create table vendor_answer (
    account text not null,
    piece bytea not null,
    bucket date not null,
    part bytea not null,
    read_at timestamptz not null,
    primary key (account, piece, bucket)
);
create index on vendor_answer (read_at);

-- `subject` is what a vendor counts the calls of an hour by, where that is less than an account; of months it is empty.
create table vendor_usage (
    account text not null,
    span text not null check (span in ('hour', 'month')),
    subject text not null,
    starts timestamptz not null,
    calls bigint not null,
    primary key (account, span, starts, subject)
);

-- What the vendor itself said last of the month.
create table vendor_allowance (
    account text primary key,
    month_limit bigint not null,
    month_used bigint not null,
    told_at timestamptz not null
);
