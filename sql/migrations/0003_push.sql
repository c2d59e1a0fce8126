-- Push: how far each endpoint has come in its unit's feed, what did not arrive, and every attempt. Written by the daemon
-- that holds the endpoint's lease, whose token stands with each write, so that one that lost the lease changes nothing.
-- Leases, retries and attempts are in real time, not by the legal clock.
-- min_daemon: 1

create table endpoint_cursor (
	endpoint bigint primary key references endpoint on delete cascade,
	unit integer not null,
	next_seq bigint not null,                 -- everything below is delivered or has a row in undelivered
	lease_holder bigint,                      -- a number that the daemon drew at its start
	lease_until timestamptz,                  -- null or past: free
	lease_token bigint not null default 0,    -- one more with each lease
	failures integer not null default 0,      -- failed attempts since the last success
	failing_since timestamptz,                -- the alarm is out
	last_error text,                          -- of the last failed attempt
	last_success_at timestamptz
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- An endpoint begins with what comes after it was made.
create function samordnad.endpoint_created() returns trigger
	language plpgsql
	as $$
begin
	insert into samordnad.endpoint_cursor (endpoint, unit, next_seq)
	values (new.endpoint, new.unit,
		1 + coalesce((select seq from samordnad.feed_head where unit = new.unit), 0));
	return null;
end
$$;
create trigger endpoint_created after insert on endpoint for each row execute function samordnad.endpoint_created();
insert into endpoint_cursor (endpoint, unit, next_seq)
	select e.endpoint, e.unit, 1 + coalesce(f.seq, 0) from endpoint e left join feed_head f using (unit);

-- Only what failed, what waits behind it (a later notice of the same episode), and what was overtaken while in flight.
create table undelivered (
	endpoint bigint not null,
	seq bigint not null,
	episode bigint not null,                  -- 0: none, waits for nobody
	attempts smallint not null,
	state smallint not null,                  -- 0 waiting, 1 given up
	first_at timestamptz not null,            -- when it came here
	next_at timestamptz,                      -- null: waits behind an earlier one, or given up
	primary key (endpoint, seq)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index undelivered_due on undelivered (endpoint, next_at) where next_at is not null;
create index undelivered_episode on undelivered (endpoint, episode, seq) where state = 0;
create index undelivered_oldest on undelivered (endpoint, seq) where state = 0;
create index undelivered_given_up on undelivered (endpoint, seq) where state = 1;

-- Every attempt, also those that went well. A status or an error; neither if the answer never came to be judged.
create table attempt (
	endpoint bigint not null,
	seq bigint not null,
	at timestamptz not null,                  -- when it began
	nr smallint not null,                     -- 1..
	duration_ms integer not null,
	status smallint,                          -- HTTP's, if there was one
	error text,                               -- why there was none
	address text,                             -- that was connected to
	answer bytea,                             -- its first 2 kB
	next_at timestamptz,                      -- when it is tried again
	primary key (endpoint, seq, at)
);
