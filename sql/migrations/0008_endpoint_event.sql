-- What a unit is told of its endpoints. Events wait here, put by whoever sees them, until the door makes each a notice of the
-- unit's feed and takes it away in the same transaction: so each is told once.
-- min_daemon: 5

create table endpoint_event (
	event bigint primary key generated always as identity,
	unit integer not null references unit,
	endpoint bigint,                          -- null: of no one of them
	what text not null,                       -- the notice's type is "endpoint.<what>" (proto/notice.h)
	at timestamptz not null default clock_timestamp(),
	since timestamptz,                        -- real time, as are the attempts
	detail text,
	after_seq bigint                          -- told only if the feed still ends there; null: in any case
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Wakes the scheduler of the daemon that is the door; polling is the truth.
create function samordnad.endpoint_event_came() returns trigger
	language plpgsql
	as $$
begin
	perform pg_notify('samordnad_event', '');
	return null;
end
$$;
create trigger endpoint_event_came after insert on endpoint_event
	for each statement execute function samordnad.endpoint_event_came();

-- Of notices of endpoints; what else is said of them stands in detail.
alter table notice add column endpoint bigint, add column since timestamptz;

comment on column undelivered.episode is '0: none, waits for nobody; below 0: how -endpoint fares';

-- An endpoint that begins to fail, or has recovered: with the cursor's change and so under its lease, whoever made it. Of the
-- error only what stands before a colon: what follows may hold names and addresses.
create function samordnad.endpoint_fares() returns trigger
	language plpgsql
	as $$
begin
	insert into samordnad.endpoint_event (unit, endpoint, what, since, detail)
	select e.unit, e.endpoint, case when new.failing_since is null then 'recovered' else 'failing' end,
		coalesce(new.failing_since, old.failing_since),
		case when new.failing_since is not null then split_part(new.last_error, ':', 1) end
	from samordnad.endpoint e
	where e.endpoint = new.endpoint and e.status <> 'deleted'
		-- One that begins anew has not recovered: nothing has arrived.
		and (new.failing_since is not null or new.last_success_at is distinct from old.last_success_at);
	return null;
end
$$;
create trigger endpoint_fares after update of failing_since on endpoint_cursor
	for each row when ((old.failing_since is null) <> (new.failing_since is null))
	execute function samordnad.endpoint_fares();
