-- The daemons of this database, by the backend over which each says what it knows (register_known), and what they are to know.
-- Out: register_version; pid, or one row with null: no daemon runs
select i.register_version, a.pid
from instance i
left join pg_stat_activity a on a.application_name = 'samordnad reads' and a.datname = current_database()
