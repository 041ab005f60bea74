-- Daily sums of each asked app over its period, as columns: one row per ask.
-- $1 clients uuid[]   $2 apps uuid[]   $3 first days date[]   $4 last days date[], included
select asked.number, days.*
from unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[]) with ordinality
     as asked (client_id, application_id, first, last, number)
cross join lateral (
    select array_agg(day.activity_date - asked.first) as offsets, {columns}
    from app_usage_day day
    where day.client_id = asked.client_id and day.application_id = asked.application_id
      and day.activity_date between asked.first and asked.last
) as days
