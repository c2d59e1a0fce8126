-- One gallring at a time: the lock lives as long as this connection. And the legal now, for all of it.
-- Out: taken, now
select pg_try_advisory_lock(7617032019), samordnad.now()
