-- A page of reports of one app, newest first; of one day the user known last comes first.
-- One plan serves every page: where it begins is a bound of the index, also when that is not given.
-- $1 client   $2 app   $3 first day   $4 last day, included   $5 user or null: with all ids that belong to it
-- $6 before this day or null   $7 before this user or null   $8 how many
select report.activity_date, report.user_id, report.total_active_ms, report.total_session_count,
       owner.external_id, owner.actor_id
from (
    select activity_date, user_id, total_active_ms, total_session_count
    from app_usage_reports
    where client_id = $1 and application_id = $2 and activity_date between $3 and $4
      and ($5::integer is null or user_id = any (array(
          select actor_id from actor
          where client_id = $1 and coalesce(
              (select canonical from actor where client_id = $1 and actor_id = $5), $5) in (actor_id, canonical)
      )))
      and (activity_date, user_id) < (coalesce($6::date, $4 + 1), coalesce($7::integer, 0))
    order by activity_date desc, user_id desc
    limit $8
) as report
join actor on actor.client_id = $1 and actor.actor_id = report.user_id
join actor owner on owner.client_id = $1 and owner.actor_id = coalesce(actor.canonical, actor.actor_id)
order by report.activity_date desc, report.user_id desc
