-- The access log (HSLF-FS 2016:40 4 kap. 9 §): what was done with which patient's data, at which unit, when, by which client and
-- which person. An entry of a message is written in its transaction, one of a read before what was read is answered. Nobody
-- changes an entry. The sealer (queries/access_seal) chains them in blocks by hash; `verify-log` goes through the chain.
-- min_daemon: 19

create table access_entry (
	nr bigint generated always as identity primary key check (nr > 0),
	at timestamptz not null default clock_timestamp(), -- real time
	client bigint not null,                   -- who called
	episode bigint,                           -- whose stay or file; then patient is null, for the stay says whose it is (G4)
	patient bigint,                           -- of what is asked for by patient
	unit integer,                             -- at which; null: of the client's organisation as a whole
	fact_nr integer,                          -- of a message: which of the episode's facts it became
	action smallint not null,                 -- enum access_action (daemon/access_log.h)
	person text not null,                     -- HSA-id that the caller named (samordnad-person), or ''
	check (num_nonnulls(episode, patient) = 1)
);
create index access_entry_episode on access_entry (episode, nr) where episode is not null;
create index access_entry_patient on access_entry (patient, nr) where patient is not null;

-- In: numbers. Out: how many; null: without end.
create function access_width(numbers int8multirange) returns bigint
	language sql immutable
	as $$
	select sum(upper(r) - lower(r))::bigint from unnest(numbers) r
	having count(*) = count(upper(r)) and count(*) = count(lower(r))
$$;

-- A block: the entries of these numbers. Numbers commit out of order, so a block may have gaps, which a later one fills.
create table access_seal (
	seal bigint primary key,                  -- 1, 2, … without gaps
	numbers int8multirange not null,
	entries integer not null,
	sealed_at timestamptz not null,
	forgotten_at timestamptz,                 -- its entries are past their time, and gone; the chain goes on through it
	digest bytea not null,                    -- SHA-256 of the entries (access_digest)
	hash bytea not null,                      -- SHA-256 of the block before it and of this one (access_hash)
	check (lower(numbers) > 0 and coalesce(samordnad.access_width(numbers), 0) = entries and entries > 0)
);
create index access_seal_kept on access_seal (seal) where forgotten_at is null;

-- In: numbers of entries. Out: how many there are, and the SHA-256 of them as text, a line each, in their order.
create function access_digest(numbers int8multirange, out entries integer, out digest bytea)
	language sql stable
	set search_path = samordnad, pg_catalog
	as $$
	select count(*)::integer, sha256(convert_to(coalesce(string_agg(format('%s|%s|%s|%s|%s|%s|%s|%s|%s', a.nr,
			(extract(epoch from a.at) * 1000000)::bigint, a.client, a.episode, a.patient, a.unit, a.fact_nr, a.action,
			a.person), e'\n' order by a.nr), ''), 'UTF8'))
	from access_entry a
	where a.nr >= lower(numbers) and a.nr < upper(numbers) and a.nr <@ numbers
$$;

-- In: the hash of the block before (the first has none: null), and a block. Out: its hash.
create function access_hash(before bytea, seal bigint, numbers int8multirange, entries integer, sealed_at timestamptz,
	digest bytea) returns bytea
	language sql immutable
	as $$
	select sha256(coalesce(before, '') || convert_to(format('|%s|%s|%s|%s|', seal, numbers, entries,
		(extract(epoch from sealed_at) * 1000000)::bigint), 'UTF8') || digest)
$$;
