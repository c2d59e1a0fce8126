-- The register: units and their staff, hours, slots, standing decisions and policies, the clients that may call and the
-- endpoints that are told. People read and mend it, so its words are the wire's (proto/vocabulary.h), and constraints
-- stand behind what the daemon checks. It is read whole into memory and hardly ever written; what is written with every
-- message lies in tables of its own (0002), which name units and persons by the numbers given here.
-- min_daemon: 1

create schema if not exists samordnad;
create extension if not exists btree_gist with schema public;

-- The legal clock (law 6). Tests replace it by one with an offset; nothing else does.
create function samordnad.now() returns timestamptz
	language sql stable parallel safe
	as 'select clock_timestamp()';

-- Which migrations were applied. A daemon whose own newest migration is N runs if max(min_daemon) <= N <= max(version).
create table schema_version (
	version integer primary key,
	min_daemon integer not null,              -- the oldest daemon that can live with the schema from here on
	name text not null,
	applied_at timestamptz not null default clock_timestamp()
);

-- One row. epoch: changed when the database was restored to an earlier point, so that readers of feeds start anew.
-- register_version: changed by every transaction that changes the register; daemons reread it then.
create table instance (
	only_row boolean primary key default true check (only_row),
	epoch uuid not null default gen_random_uuid(),
	register_version bigint not null default 1,
	region_version bigint not null default 1, -- of units, staff, absences, slots, decisions, policies
	planned_version bigint not null default 1 -- the region_version by which every open episode was planned
);
insert into instance default values;

create table unit (
	unit integer generated always as identity primary key,
	hsa_id text collate "C" not null unique check (hsa_id ~ '^SE[0-9]{10}-[0-9A-Za-z]{1,18}$'),
	org bigint not null generated always as (substr(hsa_id, 3, 10)::bigint) stored, -- organisationsnummer
	namn text not null check (octet_length(namn) between 1 and 127),
	slag text not null check (slag in ('primarvard', 'specialistoppenvard', 'kommunal_hsl', 'socialtjanst',
		'slutenvard', 'ekonomi')),
	kommun smallint check (kommun between 114 and 2599),     -- kommunkod where it lies or whom it serves
	region smallint check (region between 1 and 25),         -- länskod
	distrikt text not null default '' check (octet_length(distrikt) <= 31),
	verksamhetschef integer,                  -- a person of the staff
	hours jsonb                               -- opening hours as on the wire; null: open day and night
);
create index unit_kommun on unit (kommun, slag);

create table staff (
	staff integer generated always as identity primary key,
	unit integer not null references unit,
	hsa_id text collate "C" not null unique check (hsa_id ~ '^SE[0-9]{10}-[0-9A-Za-z]{1,18}$'),
	namn text not null check (octet_length(namn) between 1 and 95),
	profession text not null check (profession in ('annan', 'distriktsskoterska', 'specialistsjukskoterska',
		'sjukskoterska', 'lakare', 'fysioterapeut', 'arbetsterapeut', 'kurator', 'psykolog', 'mentalskotare',
		'underskoterska', 'bistandshandlaggare')),
	legitimerad boolean not null,             -- licensed (B3)
	team text not null default '' check (octet_length(team) <= 31),
	tjanstgoringsgrad smallint not null check (tjanstgoringsgrad between 1 and 100), -- per cent of full time
	kapacitet integer check (kapacitet between 1 and 10000), -- soft capacity in patients (B6); null: none agreed
	ersattare integer references staff check (ersattare <> staff), -- standing deputy
	telefon text not null default '' check (octet_length(telefon) <= 31),
	fvk boolean not null,                     -- takes assignments as fast vårdkontakt
	slutar_at timestamptz                     -- leaves then; never deleted, for facts name the person
);
create index staff_unit on staff (unit);
alter table unit add foreign key (verksamhetschef) references staff;

create table absence (
	staff integer not null references staff,
	from_at timestamptz not null,
	to_at timestamptz check (to_at > from_at), -- null: no end known
	ersattare integer references staff check (ersattare <> staff), -- null: the person's standing deputy
	primary key (staff, from_at),
	exclude using gist (staff with =, tstzrange(from_at, to_at) with &&)
);

-- Weekly times for SIP meetings (D6): the span is cut into meetings of length_minutes.
create table slot (
	slot integer generated always as identity primary key,
	unit integer not null references unit,
	staff integer references staff,           -- only this person's; null: any fast vårdkontakt of the unit
	weekday text not null check (weekday in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday',
		'sunday')),
	from_time time(0) not null,               -- local
	to_time time(0) not null,                 -- local, up to 24:00
	length_minutes smallint not null check (length_minutes between 5 and 480),
	form text not null check (form in ('fysiskt', 'telefon', 'video')),
	plats text not null default '' check (octet_length(plats) <= 95),
	ended_at timestamptz,                     -- offered no more; kept, for bookings name it
	check (extract(epoch from to_time) - extract(epoch from from_time) >= 60 * length_minutes)
);
create index slot_unit on slot (unit) where ended_at is null;

-- B4: without one that is valid, nobody is appointed automatically. Cited by each appointment, so never deleted.
create table standing_decision (
	standing_decision integer generated always as identity primary key,
	unit integer not null references unit,
	beslutad_av integer not null references staff,
	kriterier text not null default '' check (octet_length(kriterier) <= 4000),
	from_at timestamptz not null,
	to_at timestamptz not null,
	revoked_at timestamptz,
	check (to_at > from_at),
	constraint standing_decision_a_year check (to_at at time zone 'Europe/Stockholm'
		<= (from_at at time zone 'Europe/Stockholm') + interval '1 year')
);
create index standing_decision_unit on standing_decision (unit);

-- What the law leaves open (POLICIES in daemon/rules/region.h): value is a number, or one of the policy's words. Cited by
-- decisions, so one that has begun is ended, never changed.
create table policy (
	policy_row integer generated always as identity primary key,
	policy text collate "C" not null check (policy ~ '^[a-z0-9_]{1,63}$'),
	scope text not null check (scope in ('all', 'region', 'kommun', 'region_kommun', 'unit')),
	region smallint check (region between 1 and 25),
	kommun smallint check (kommun between 114 and 2599),
	unit integer references unit,
	value text not null check (value ~ '^([a-z_]{1,31}|[0-9]{1,18})$'),
	from_at timestamptz not null,             -- 1900-01-01Z: from the beginning
	to_at timestamptz check (to_at > from_at),
	check ((region is not null) = (scope in ('region', 'region_kommun'))),
	check ((kommun is not null) = (scope in ('kommun', 'region_kommun'))),
	check ((unit is not null) = (scope = 'unit')),
	constraint policy_one_at_a_time exclude using gist (policy with =, scope with =,
		(coalesce(region, 0::smallint)) with =, (coalesce(kommun, 0::smallint)) with =,
		(coalesce(unit, 0)) with =, tstzrange(from_at, to_at) with &&)
);

-- Who may call (contract.md §4), and as what. Without rows in client_unit: for every unit of its organisation.
create table client (
	client bigint generated always as identity primary key,
	name text not null check (octet_length(name) between 1 and 63),
	org bigint not null check (org between 0 and 9999999999),
	roles text[] not null check (cardinality(roles) > 0
		and roles <@ array['hospital', 'unit', 'ops', 'admin']),
	created_at timestamptz not null default clock_timestamp(),
	revoked_at timestamptz
);
-- A revoked client keeps its row, and its name is free for another.
create unique index client_name on client (name) where revoked_at is null;
create table client_unit (
	client bigint not null references client,
	unit integer not null references unit,
	primary key (client, unit)
);
-- Bearer tokens: only the SHA-256 is known here. Two are valid while one is being replaced. Tokens use real time.
create table client_token (
	token_hash bytea primary key check (octet_length(token_hash) = 32),
	client bigint not null references client,
	created_at timestamptz not null default clock_timestamp(),
	expires_at timestamptz                    -- null: never
);
create index client_token_client on client_token (client);

-- Where a unit wants its notices pushed. How far each has come lies with the push (0003).
create table endpoint (
	endpoint bigint generated always as identity primary key,
	unit integer not null references unit,
	url text collate "C" not null check (url ~ '^https?://[!-~]+$' and octet_length(url) <= 2000),
	secret text collate "C" not null check (secret ~ '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$'), -- Standard Webhooks
	status text not null default 'active' check (status in ('active', 'paused', 'deleted')),
	created_at timestamptz not null default clock_timestamp(),
	unique (unit, url)
);

-- The first change of a transaction gives the register a new version and wakes those who wait for it.
create function samordnad.register_changed() returns trigger
	language plpgsql
	as $$
begin
	if current_setting('samordnad.register_changed', true) is distinct from txid_current()::text then
		perform set_config('samordnad.register_changed', txid_current()::text, true);
		update samordnad.instance set register_version = register_version + 1;
		perform pg_notify('samordnad_register', '');
	end if;
	return null;
end
$$;

-- The same for what episodes are planned by: the scheduler has the open ones planned anew.
create function samordnad.region_changed() returns trigger
	language plpgsql
	as $$
begin
	if current_setting('samordnad.region_changed', true) is distinct from txid_current()::text then
		perform set_config('samordnad.region_changed', txid_current()::text, true);
		update samordnad.instance set region_version = region_version + 1;
	end if;
	return null;
end
$$;

do $$
declare
	t text;
begin
	foreach t in array array['unit', 'staff', 'absence', 'slot', 'standing_decision', 'policy'] loop
		execute format('create trigger region_changed after insert or update or delete on samordnad.%I
			for each row execute function samordnad.region_changed()', t);
	end loop;
	foreach t in array array['unit', 'staff', 'absence', 'slot', 'standing_decision', 'policy', 'client', 'client_unit',
		'client_token', 'endpoint'] loop
		execute format('create trigger register_changed after insert or update or delete on samordnad.%I
			for each row execute function samordnad.register_changed()', t);
	end loop;
end
$$;
