-- Endpoints that said 410 (Gone) get nothing more until someone sets them active again.
-- $1 endpoints
update samordnad.endpoint set status = 'paused' where endpoint = any($1::bigint[]) and status = 'active'
