-- Are the feeds told in another database than before: a copy, or a dump that was restored, also in place by pg_restore --clean,
-- which makes the tables anew? Then they go on in another epoch, once. A recovery to a point in time is known by nothing:
-- `samordnad restored` tells it.
-- Out: a row if told_in was not as it is; is it another database, the epoch
with here as (
	select concat_ws(':', s.system_identifier, d.oid, 'notice'::regclass::oid) as told_in
	from pg_control_system() s, pg_database d where d.datname = current_database()
), before as (
	select told_in from instance
)
update instance i set told_in = h.told_in,
	epoch = case when b.told_in is null then i.epoch else gen_random_uuid() end,
	register_version = i.register_version + 1
from here h, before b
where i.told_in is distinct from h.told_in
returning b.told_in is not null, i.epoch
