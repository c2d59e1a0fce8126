-- After a restore to an earlier point: the feeds go on in another epoch, so that no id of a notice is given to another.
-- Not while a daemon is the door, which tells notices.
-- The next door keeps that epoch, wherever the database is now (queries/door_recognise).
-- Out: a row with the epoch; none: there is a door
update instance set epoch = gen_random_uuid(), register_version = register_version + 1, told_in = null, told_table = null
where not door_is_held()
returning epoch
