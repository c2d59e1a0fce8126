-- What waits: each index serves its own question. While nothing is undelivered they look alike to the planner, and a plan made
-- then is kept: for "is anything of this episode waiting" it might take one of these, and read all that waits at the endpoint.
-- The conditions that are always true are asked for by the one query that each is for, and so by no other.
-- min_daemon: 5

drop index undelivered_waiting;
drop index undelivered_oldest;
create index undelivered_waiting on undelivered (endpoint, first_at) where state = 0 and first_at is not null;
create index undelivered_oldest on undelivered (endpoint, seq) where state = 0 and attempts >= 0;
