-- The counters that the door keeps in memory while it holds the lock.
-- Out: last episode, last patient
select coalesce((select max(episode) from episode), 0), (select patient from patient_counter)
