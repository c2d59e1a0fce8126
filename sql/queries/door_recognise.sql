-- Are the feeds told in another database than before: a copy, or a dump that was restored, also in place by pg_restore --clean,
-- which makes the tables anew? Then they go on in another epoch, once. A recovery to a point in time is known by nothing:
-- `samordnad restored` tells it.
-- Out: a row if told_in or told_table was not as it is; is it another database, the epoch
with here as (
	select s.system_identifier || ':' || d.oid as told_in, 'notice'::regclass::oid as told_table
	from pg_control_system() s, pg_database d where d.datname = current_database()
), before as (
	select i.told_in, i.told_table,
		coalesce(i.told_in <> h.told_in or i.told_table <> h.told_table, false) as another
	from instance i, here h
)
update instance i set told_in = h.told_in, told_table = h.told_table,
	epoch = case when b.another then gen_random_uuid() else i.epoch end,
	register_version = i.register_version + 1
from here h, before b
where (i.told_in, i.told_table) is distinct from (h.told_in, h.told_table)
returning b.another, i.epoch
