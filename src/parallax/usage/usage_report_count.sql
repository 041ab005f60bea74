-- How many reports one app has in a period. The sums of days tell users, of whom two reports of a day may be one: only of
-- a client without merged ids are they reports.
-- $1 client   $2 app   $3 first day   $4 last day, included   $5 user or null: with all ids that belong to it
select case when $5::integer is null and not exists (select from actor where client_id = $1 and canonical is not null)
    then (select coalesce(sum(users), 0) from app_usage_day
          where client_id = $1 and application_id = $2 and activity_date between $3 and $4)
    else (select count(*) from app_usage_reports
          where client_id = $1 and application_id = $2 and activity_date between $3 and $4
            and ($5::integer is null or user_id = any (array(
                select actor_id from actor
                where client_id = $1 and coalesce(
                    (select canonical from actor where client_id = $1 and actor_id = $5), $5) in (actor_id, canonical)
            ))))
    end::float8 as reports
