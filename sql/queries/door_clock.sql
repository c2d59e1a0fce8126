-- The batch's instant: the legal clock and the real one, and the versions of the register and of what was removed.
-- Out: legal now, real now, register_version, gallring_version
select samordnad.now(), clock_timestamp(), register_version, gallring_version from instance
