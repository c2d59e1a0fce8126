-- A test notice for whoever receives what goes to an endpoint's unit. No row: there is no such endpoint (any more).
-- $1 endpoint
insert into samordnad.endpoint_event (unit, endpoint, what)
select unit, endpoint, 'test' from samordnad.endpoint where endpoint = $1::bigint and status <> 'deleted'
returning event
