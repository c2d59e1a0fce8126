-- In which database the feeds are told: a copy, or a dump that was restored, is another, and its feeds go on in another
-- epoch (queries/door_recognise), so that no id of a notice is given to another.
-- min_daemon: 5

-- PostgreSQL's system identifier, and the database's oid in it; null: no daemon has been the door here since this came.
alter table instance add column told_in text;
