-- Those that had rows and have arrived.
-- $1 endpoints, $2 tokens, $3 seqs, $4 holder
delete from samordnad.undelivered u
using unnest($1::bigint[], $2::bigint[], $3::bigint[]) as r (endpoint, token, seq), samordnad.endpoint_cursor c
where u.endpoint = r.endpoint and u.seq = r.seq
	and c.endpoint = r.endpoint and c.lease_token = r.token and c.lease_holder = $4::bigint
