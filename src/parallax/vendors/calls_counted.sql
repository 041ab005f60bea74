-- What was counted of an account in this hour and month, and what the vendor told last of the month. $1 account, $2 now.
select usage.span, usage.calls, null::bigint as month_limit, null::timestamptz as told_at
from vendor_usage usage
where usage.account = $1 and usage.starts = date_trunc(usage.span, $2::timestamptz, 'UTC')
union all
select 'told', told.month_used, told.month_limit, told.told_at from vendor_allowance told
where told.account = $1 and told.told_at >= date_trunc('month', $2::timestamptz, 'UTC')
