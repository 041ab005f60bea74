-- Keeps what a vendor told of the month. $1 account, $2 limit, $3 used, $4 when.
insert into vendor_allowance as old (account, month_limit, month_used, told_at) values ($1, $2, $3, $4)
on conflict (account) do update
set month_limit = excluded.month_limit, month_used = excluded.month_used, told_at = excluded.told_at
where old.told_at < excluded.told_at
