-- Tries to become the door (law 3). The lock lives as long as this connection.
-- Out: taken
select pg_try_advisory_lock(7617032017)
