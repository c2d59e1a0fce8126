-- Push: for how long the delivery log is kept is a policy. What a death had superseded is looked for, to be told when the
-- death is withdrawn (queries/push_revive). The delivery log is read by what has arrived.
-- min_daemon: 5

-- What had arrived before is not known any more: the latest point in time that maintain has forgotten up to.
alter table instance add column deliveries_from timestamptz not null default clock_timestamp() - interval '90 days';

-- When it was given up or superseded: it is listed for as long as the policy says from then on.
alter table undelivered add column ended_at timestamptz;
update undelivered set ended_at = clock_timestamp() where state <> 0;

create index undelivered_superseded on undelivered (endpoint, seq) where state = 2;
create index attempt_delivered on attempt (endpoint, seq) where status between 200 and 299;
