-- Gallring: episodes that have been over for long, and old notices, are removed by the owner (daemon/gallring.c), while a daemon
-- is the door. Nothing else changes an episode (law 1): what is removed is over, and the fence below keeps a batch of the door
-- and a removal apart.
-- min_daemon: 5

-- What was removed, by whose order: one row a run, kind, controller (personuppgiftsansvarig) and age. Nobody's identity.
create table gallring (
	gallring bigint primary key generated always as identity,
	at timestamptz not null default clock_timestamp(), -- of the first removal; real time
	ordered_by text collate "C" not null check (ordered_by ~ '^SE[0-9]{10}-[0-9A-Za-z]{1,18}$'), -- HSA-id
	role name not null default current_user,  -- by which the database was changed
	kind text not null check (kind in ('vardtillfalle', 'patientakt', 'enhetsakt', 'notiser')),
	org bigint not null,                      -- the controller's organisationsnummer; 0: no unit has said anything in it
	before timestamptz not null,              -- nothing in them was later; legal time
	episodes bigint not null,
	facts bigint not null,
	notices bigint not null,
	file text not null,                       -- to which all was written first
	bytes bigint not null,                    -- how long that was at the last of these removals,
	sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'), -- and its hash up to there
	unique (file, kind, org, before)
);

-- One more with each removal. patient: the highest number of a patient of whom episodes have been removed.
alter table instance add column gallring_version bigint not null default 0, add column gallring_patient bigint not null default 0;

-- Which seq of a unit's feed somebody still needs, the lowest: of what is not sent yet at an endpoint, of what waits or is listed
-- there, of what the log of deliveries tells of, and the newest, which is the head.
create view feed_needed as
	select u.unit, least(h.seq, n.seq) as seq
	from unit u
	left join feed_head h on h.unit = u.unit
	left join lateral (
		select min(least(
			case when e.status <> 'deleted' then c.next_seq end,
			(select min(w.seq) from undelivered w where w.endpoint = e.endpoint),
			(select min(a.seq) from attempt a where a.endpoint = e.endpoint))) as seq
		from endpoint e
		join endpoint_cursor c on c.endpoint = e.endpoint
		where e.unit = u.unit
	) n on true;

-- For how many months a kind is kept at each unit, by the policy in force then; unit null: for what is no unit's, by those for all.
create function samordnad.gallring_months(policy text, standard integer, now timestamptz)
returns table (unit integer, months integer)
language sql stable as $$
	select u.unit, coalesce((
		select p.value::integer
		from samordnad.policy p
		where p.policy = $1 and p.from_at <= $3 and coalesce(p.to_at, 'infinity') > $3
			and (p.unit is null or p.unit = u.unit) and (p.region is null or p.region = u.region)
			and (p.kommun is null or p.kommun = u.kommun)
		order by array_position(array['unit', 'region_kommun', 'kommun', 'region', 'all'], p.scope), p.from_at desc
		limit 1), $2)
	from (select n.unit, n.region, n.kommun from samordnad.unit n union all select null, null, null) u
$$;

-- So many months before then, by the calendar.
create function samordnad.gallring_before(months integer, now timestamptz) returns timestamptz language sql stable as $$
	select ($2 at time zone 'Europe/Stockholm' - make_interval(months => $1)) at time zone 'Europe/Stockholm'
$$;

-- A batch of the door begins to write (queries/door_fence): until it ends nothing is removed. If something was since the batch
-- began to read, and of what it read: 40001, nothing is written, and the door reads anew. It finds the episode as unknown then.
create function samordnad.gallring_fence(version bigint, episodes bigint[], systems text[], varden text[])
returns boolean
language plpgsql volatile as $$
begin
	perform pg_advisory_xact_lock_shared(7617032018);
	if version = (select i.gallring_version from samordnad.instance i) then
		return true;
	end if;
	if exists (select from unnest(episodes) n(episode)
			where not exists (select from samordnad.episode e where e.episode = n.episode offset 0))
		or exists (select from unnest(systems, varden) n(system, varde)
			where not exists (select from samordnad.identitet i where i.system = n.system and i.varde = n.varde offset 0))
	then
		raise exception 'what was read has been removed by gallring: it is read anew' using errcode = 'serialization_failure';
	end if;
	return true;
end
$$;

-- A removal begins: no batch of the door writes until it has ended, and those that have read before it are told (above). The door
-- gives up a batch after 10 s, so a removal that takes long, or whose program stands still, gives way before.
create function samordnad.gallring_begin() returns boolean
language plpgsql volatile as $$
begin
	perform set_config('lock_timeout', '5s', true), set_config('statement_timeout', '5s', true),
		set_config('idle_in_transaction_session_timeout', '2s', true);
	perform pg_advisory_xact_lock(7617032018);
	perform set_config('lock_timeout', '1s', true);
	update samordnad.instance set gallring_version = gallring_version + 1;
	return true;
end
$$;
