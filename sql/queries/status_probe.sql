-- Does the database answer, with which schema, what does its clock say, in which epoch are the feeds, and may the daemon do as
-- the schema's owner does?
select current_setting('server_version'), (select max(v.version) from samordnad.schema_version v),
	(select max(v.min_daemon) from samordnad.schema_version v), i.register_version, samordnad.now(), i.epoch,
	(select pg_has_role(current_user, n.nspowner, 'member') from pg_namespace n where n.nspname = 'samordnad')
from samordnad.instance i
