-- A daemon has read the register of this version: who waits for that hears it (client_daemons).
-- $1 register_version
select pg_notify('samordnad_register_known', $1::bigint::text)
