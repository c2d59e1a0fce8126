-- Push: the alarm finds the notice that has waited for longest.
-- min_daemon: 5

create index undelivered_waiting on undelivered (endpoint, first_at) where state = 0;
