-- Pauses, resumes or deletes an endpoint. No row: there is no such one.
-- $1 endpoint, $2 status
update samordnad.endpoint set status = $2::text
where endpoint = $1::bigint and status <> 'deleted'
returning endpoint
