-- Push: an urgent notice lifts the earlier ones of its episode to the urgent schedule; an alarm says which endpoint's notices
-- have waited for too long.
-- min_daemon: 5

-- Attempts that had been made when it came on the urgent schedule, which begins there; 0: it was urgent from the first. null:
-- it is on the normal one.
alter table undelivered add column urgent_after smallint;

-- The alarm is out: since when the oldest notice waited then, in real time.
alter table endpoint_cursor add column waiting_since timestamptz;
