-- Hashes of tokens that have not expired.
select token_hash, client, coalesce(expires_at, 'infinity')
from client_token
where expires_at is null or expires_at > clock_timestamp()
order by client
