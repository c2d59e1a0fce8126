-- Episodes and what hangs on them. Written by the door alone, over the connection that holds the lock, so there are
-- no foreign keys here: the door keeps them true, and each would cost a look-up a row. Units and persons are numbers
-- of the register (0001). Lean on purpose: composite natural keys, one index where one will do, bodies as text; columns
-- stand from wide to narrow, so that nothing is lost to alignment.

-- One hospital stay and the coordination around it. encounter is the sender's own name of it within its organisation
-- (contract.md §1); org 0 and a patient's number is the patient's own file, for what is said outside every stay.
create table episode (
	episode bigint primary key,
	org bigint not null,                      -- organisationsnummer, ten digits
	patient bigint,                           -- null: not named yet (parked)
	opened_at timestamptz not null,
	next_due timestamptz,                     -- the one instant at which to look again (law 5)
	uuid uuid not null,                       -- what others call it; holds the number (proto/uuid)
	last_nr integer not null,                 -- of its facts
	phase smallint not null,                  -- enum phase (daemon/rules/episode.h)
	encounter text collate "C" not null,
	state bytea,                              -- the fold so far: a cache, folded anew when its layout is another
	unique (org, encounter)
) with (fillfactor = 80);
create index episode_due on episode (next_due, episode) where next_due is not null;
create index episode_parked on episode (opened_at) where phase = 0 and org <> 0;

-- What happened: messages as they came, and our own decisions (source 0). Never changed and never removed: a
-- makulering is a fact of its own.
create table fact (
	episode bigint not null,
	sent_at timestamptz not null,
	recorded_at timestamptz not null,
	patient bigint,                           -- whom it names
	nr integer not null,                      -- 1.. in the order recorded
	source integer not null,                  -- the sending unit, 0 our own decision
	type smallint not null,                   -- enum message_type (proto/vocabulary.h)
	outcome smallint not null,                -- enum outcome: what it did when it came
	judged smallint not null,                 -- enum outcome: what only the register could tell then (B3, D4)
	message_id text collate "C",              -- CloudEvents id; null for our own
	hash bytea,                               -- first 16 bytes of the content's SHA-256
	traceparent text,
	body text not null,                       -- the data as compact JSON
	primary key (episode, nr)
);
create unique index fact_message on fact (source, message_id) where message_id is not null;

-- Who takes part: the hospital's unit and the mottagare; told_* is which fact each has been told of, by topic.
create table participant (
	episode bigint not null,
	unit integer not null,
	role smallint not null,                   -- enum participant_role
	active boolean not null,                  -- false: no more notices, no more access
	told_inskrivning integer not null,
	told_beraknad integer not null,
	told_klar integer not null,
	told_utskrivning integer not null,
	told_samtycke integer not null,
	told_fvk integer not null,
	told_forslag integer not null,
	told_sip integer not null,
	told_mote integer not null,
	primary key (episode, unit)
) with (fillfactor = 80);

create table task (
	episode bigint not null,
	created_at timestamptz not null,
	due_at timestamptz not null,
	closed_at timestamptz,
	unit integer not null,
	ref integer not null,                     -- the fact that it is about; kind, unit and ref name the duty
	staff integer not null,                   -- whose it is at the unit now, or 0
	nr smallint not null,
	kind smallint not null,                   -- enum task_kind
	status smallint not null,                 -- enum task_status
	step smallint not null,                   -- reminders given
	primary key (episode, nr)
) with (fillfactor = 80);
create index task_unit on task (unit, status, due_at, episode, nr);

-- A rule that was broken, by whom and why (B1a).
create table breach (
	episode bigint not null,
	due_at timestamptz not null,              -- when it should have been
	done_at timestamptz,                      -- when it was, if it was
	stamped_at timestamptz not null,
	withdrawn_at timestamptz,                 -- a later message showed that it was none
	unit integer not null,                    -- whom it concerns
	ref integer not null,                     -- the fact that it is about
	rule smallint not null,                   -- enum breach_rule
	cause smallint not null,                  -- enum breach_cause
	primary key (episode, rule, unit, ref)
);

-- The unit's feed: what it was told. seq is gapless in the unit (law 7).
create table notice (
	seq bigint not null,
	at timestamptz not null,
	episode bigint,
	due_at timestamptz,
	unit integer not null,
	fact_nr integer not null,
	type smallint not null,                   -- enum notice_type (proto/notice.h)
	task_nr smallint not null,
	task_kind smallint,
	detail text,
	primary key (unit, seq)
);

-- Where each unit's feed ends. The newest notice of a unit is never pruned: it is the head.
create view feed_head as
	select u.unit, h.seq
	from unit u
	cross join lateral (select n.seq from notice n where n.unit = u.unit order by n.seq desc limit 1) h;
-- Patients are numbers; their identities lead to them (G4).
create table identitet (
	system text collate "C" not null,
	varde text collate "C" not null,
	patient bigint not null,
	primary key (system, varde)
);

-- The last number that a patient was given: one row, written by the door.
create table patient_counter (
	only_row boolean primary key default true check (only_row),
	patient bigint not null default 0
) with (fillfactor = 50);
insert into patient_counter default values;

-- Fasta kontakter as they stand (B11): one row a patient, kind and unit. History lies in the facts.
create table kontakt (
	patient bigint not null,
	from_at timestamptz not null,
	to_at timestamptz,
	episode bigint not null,                  -- where it was decided
	unit integer not null,
	staff integer not null,
	nr integer not null,
	slag smallint not null,                   -- 1 fast vårdkontakt, 2 fast läkarkontakt
	primary key (patient, slag, unit)
) with (fillfactor = 80);

-- Taken times. The door never books a person twice, nor a slot; the constraints stand behind it.
create table booking (
	episode bigint primary key,
	staff integer not null,
	slot integer not null,                    -- 0: a time that a person chose outside of the slots
	start_at timestamptz not null,
	end_at timestamptz not null,
	exclude using gist (staff with =, tstzrange(start_at, end_at) with &&),
	exclude using gist (slot with =, tstzrange(start_at, end_at) with &&) where (slot <> 0)
);
