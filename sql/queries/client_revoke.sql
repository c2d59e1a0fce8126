-- Lets a client in no more.
update client set revoked_at = clock_timestamp() where name = $1::text and revoked_at is null
