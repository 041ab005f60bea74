-- Every token with what it opens, newest first.
-- $1 client, or null for all tokens
select t.id, t.name, t.is_operator, t.stored_only, t.ingest_only, t.when_low, t.created_at, t.expires_at, t.last_used_at,
       case when t.is_operator or bool_or(g.revoked_at is null) then t.revoked_at
            else least(t.revoked_at, max(g.revoked_at)) end as revoked_at,
       coalesce(array_agg(g.client_id order by g.client_id) filter (where g.client_id is not null), '{}') as clients,
       coalesce(array_agg(g.role order by g.client_id) filter (where g.client_id is not null), '{}') as roles
from api_token t left join api_token_grant g on g.token_id = t.id
where $1::uuid is null or exists (select from api_token_grant h where h.token_id = t.id and h.client_id = $1)
group by t.id
order by t.created_at desc, t.id desc
