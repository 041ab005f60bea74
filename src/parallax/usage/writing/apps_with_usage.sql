-- Apps that have rows, whether or not they still are apps; and how many reports each has.
-- $1 client
select application_id, count(*) as reports from app_usage_reports where client_id = $1 group by application_id
union
select distinct application_id, 0::bigint from app_usage_users held
where client_id = $1 and not exists (
    select from app_usage_reports report where report.client_id = $1 and report.application_id = held.application_id
)
order by application_id
