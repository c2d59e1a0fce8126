-- Which table notice the feeds are told in, beside in which database (0016): a dump that pg_restore --clean restored over its own
-- database has another. In a column of its own, so that a daemon from before this knows its database again.
-- min_daemon: 5

-- Its oid; null: no daemon that knows of this has been the door here.
alter table instance add column told_table oid;

update instance
set told_in = split_part(told_in, ':', 1) || ':' || split_part(told_in, ':', 2),
	told_table = split_part(told_in, ':', 3)::oid
where split_part(told_in, ':', 3) <> '';
