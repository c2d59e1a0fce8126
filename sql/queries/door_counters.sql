-- The counters that the door keeps in memory while it holds the lock.
-- Out: last episode, last patient
select coalesce((select max(episode) from episode), 0), coalesce((select max(patient) from identitet), 0)
