-- Are the feeds told in another database than before: a copy, or one that was restored from a dump? Then they go on in
-- another epoch, once. A restore in place (point in time recovery) is known by nothing: `samordnad restored` tells it.
-- Out: a row if told_in was not as it is; is it another database
with here as (
	select s.system_identifier || ':' || d.oid as told_in
	from pg_control_system() s, pg_database d where d.datname = current_database()
), before as (
	select told_in from instance
)
update instance i set told_in = h.told_in,
	epoch = case when b.told_in is null then i.epoch else gen_random_uuid() end,
	register_version = i.register_version + 1
from here h, before b
where i.told_in is distinct from h.told_in
returning b.told_in is not null
