-- In: $1 the daemon's role. Out: the same; afterwards sql/grants.sql in this session is about it.
select set_config('samordnad.daemon_role', $1, false)
