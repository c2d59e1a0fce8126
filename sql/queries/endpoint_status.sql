-- Pauses, resumes or deletes an endpoint; one that goes on is free for whichever daemon is there. No row: there is no such
-- one.
-- $1 endpoint, $2 status
with free as (
	update samordnad.endpoint_cursor set lease_until = null where endpoint = $1::bigint and $2::text = 'active'
)
update samordnad.endpoint set status = $2::text
where endpoint = $1::bigint and status <> 'deleted'
returning endpoint
