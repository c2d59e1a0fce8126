-- In which database the feeds are told: a copy, or a dump that was restored, is another, and its feeds go on in another
-- epoch (queries/door_recognise), so that no id of a notice is given to another.
-- min_daemon: 5

-- PostgreSQL's system identifier, and the database's oid in it; null: no daemon has been the door here since this came.
alter table instance add column told_in text;

-- Is a daemon the door now: does one hold the lock of queries/door_lock in this database?
create function door_is_held() returns boolean
	language sql volatile
	as $$
		select exists (select from pg_locks l join pg_database d on d.oid = l.database
			where d.datname = current_database() and l.locktype = 'advisory' and l.granted and l.objsubid = 1
				and l.classid::bigint << 32 | l.objid::bigint = 7617032017)
	$$;
