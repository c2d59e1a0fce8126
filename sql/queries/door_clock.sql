-- The batch's instant: the legal clock and the real one, and the register's version.
-- Out: legal now, real now, register_version
select samordnad.now(), clock_timestamp(), register_version from instance
