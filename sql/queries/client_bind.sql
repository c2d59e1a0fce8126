-- Binds a client to the certificate of this HSA-id, or to none. $1 name, $2 HSA-id or null. No row changed: there is no such client.
update client set certificate = $2::text where name = $1::text and revoked_at is null
