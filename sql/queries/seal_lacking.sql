-- Endpoints that keep anything that does not begin as what is sealed now does, or a secret that is valid no more; they are held until
-- the transaction ends.
-- In: $1 how that begins (seal_head). Out: endpoint, whether it is in use, secret, secret_before (null if it is valid no more),
-- header_lines, client_key.
select endpoint, status <> 'deleted' as in_use, secret,
	case when secret_before_until > clock_timestamp() then secret_before end as secret_before, header_lines, client_key
from samordnad.endpoint
where secret_before_until <= clock_timestamp()
	or $1::bytea <> any (array[substr(secret, 1, length($1::bytea)), substr(secret_before, 1, length($1::bytea)),
		substr(header_lines, 1, length($1::bytea)), substr(client_key, 1, length($1::bytea))])
order by endpoint
for update
