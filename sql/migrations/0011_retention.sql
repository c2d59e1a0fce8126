-- Push: what a death had superseded is looked for, to be told when the death is withdrawn (queries/push_revive).
-- min_daemon: 5

create index undelivered_superseded on undelivered (endpoint, seq) where state = 2;
