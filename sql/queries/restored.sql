-- After a restore to an earlier point: the feeds go on in another epoch, so that no id of a notice is given to another.
-- Not while a daemon is the door (who holds the lock of door_lock), which tells notices.
-- Out: a row with the epoch; none: there is a door
update instance set epoch = gen_random_uuid(), register_version = register_version + 1
where not exists (select from pg_locks l join pg_database d on d.oid = l.database
	where d.datname = current_database() and l.locktype = 'advisory' and l.granted and l.objsubid = 1
		and l.classid::bigint << 32 | l.objid::bigint = 7617032017)
returning epoch
