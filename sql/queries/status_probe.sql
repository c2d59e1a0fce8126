-- Does the database answer, with which schema, what does its clock say, in which epoch are the feeds?
select current_setting('server_version'), (select max(v.version) from samordnad.schema_version v),
	(select max(v.min_daemon) from samordnad.schema_version v), i.register_version, samordnad.now(), i.epoch
from samordnad.instance i
