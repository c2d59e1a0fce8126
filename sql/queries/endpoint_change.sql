-- Another URL for an endpoint. No row: there is no such one.
-- $1 endpoint, $2 URL or null (as before)
update samordnad.endpoint set url = coalesce($2::text, url)
where endpoint = $1::bigint and status <> 'deleted'
returning endpoint
