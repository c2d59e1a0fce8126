-- Does the database answer, with which schema, and what does its clock say?
select current_setting('server_version'), (select max(v.version) from samordnad.schema_version v),
	(select max(v.min_daemon) from samordnad.schema_version v), i.register_version, samordnad.now()
from samordnad.instance i
