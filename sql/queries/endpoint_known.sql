-- Whether there is, or was, such an endpoint.
-- $1 endpoint
select exists (select from samordnad.endpoint where endpoint = $1::bigint) as known
