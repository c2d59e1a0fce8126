-- What the whole of the law asks beyond the main way of a stay.
-- min_daemon: 4

-- A patient's stays: search (contract.md §3), and what a new one follows (G2, G7).
create index episode_patient on episode (patient, episode) where patient is not null;

-- Whose fast vårdkontakt a person is (B13), and how many have one (domain.md §4).
create index kontakt_staff on kontakt (staff);

-- A unit's stays, for search.
create index participant_unit on participant (unit, episode);

-- G4: which message gave an identity to a patient, and to whom it led before; null: it came with an admission.
alter table identitet add column episode bigint, add column nr integer, add column former bigint;
create index identitet_message on identitet (episode, nr) where episode is not null;

-- Which fact each participant was told of, by topic: for each topic on which there is something, its number (enum topic,
-- daemon/rules/plan.h; one byte) and the fact's (four bytes, the highest first). There are more topics than most
-- participants are ever told of, so a column each would cost more than it says.
alter table participant add column told bytea not null default '';
update participant set told =
	case when told_inskrivning <> 0 then '\x00'::bytea || int4send(told_inskrivning) else ''::bytea end
	|| case when told_beraknad <> 0 then '\x01'::bytea || int4send(told_beraknad) else ''::bytea end
	|| case when told_klar <> 0 then '\x02'::bytea || int4send(told_klar) else ''::bytea end
	|| case when told_utskrivning <> 0 then '\x03'::bytea || int4send(told_utskrivning) else ''::bytea end
	|| case when told_samtycke <> 0 then '\x04'::bytea || int4send(told_samtycke) else ''::bytea end
	|| case when told_fvk <> 0 then '\x05'::bytea || int4send(told_fvk) else ''::bytea end
	|| case when told_forslag <> 0 then '\x06'::bytea || int4send(told_forslag) else ''::bytea end
	|| case when told_sip <> 0 then '\x07'::bytea || int4send(told_sip) else ''::bytea end
	|| case when told_mote <> 0 then '\x08'::bytea || int4send(told_mote) else ''::bytea end;
alter table participant
	drop column told_inskrivning, drop column told_beraknad, drop column told_klar, drop column told_utskrivning,
	drop column told_samtycke, drop column told_fvk, drop column told_forslag, drop column told_sip,
	drop column told_mote;

-- G1: what would speak of a living patient is not sent any more once the death is told: listed as such, never retried.
comment on column undelivered.state is '0 waiting, 1 given up, 2 superseded';

-- The follow-up of domain.md section 4: what is measured of each stay that has ended by a discharge (daemon/rules/
-- measures.h). Row 0 is the stay's as a whole, the others its mottagare's; the stay's own measures stand in each, so that
-- no report joins. Written by the door when they change; null: does not apply, or is not known.
create table follow_up (
	episode bigint not null,
	month integer not null,                   -- of the local date of discharge: 202605
	unit integer not null,                    -- 0: the stay as a whole
	hospital integer not null,
	ready_days integer,                       -- F6
	notice_minutes integer,
	kvittens_minutes integer,
	fvk_lead_minutes integer,
	kommun smallint not null,                 -- 0: not known
	withdrawals smallint not null,
	date_changes smallint not null,
	discharge smallint not null,              -- enum discharge_time
	fvk_changes smallint not null,
	hospital_late smallint not null,          -- breaches by cause
	unit_late smallint not null,
	kommun_late smallint not null,
	system_late smallint not null,
	psykiatrisk boolean not null,
	sip_held boolean not null,
	sip_followed_up boolean not null,
	readmission boolean not null,
	notice_in_time boolean,
	fvk_in_time boolean,
	kallelse_in_time boolean,
	primary key (episode, unit)
) with (fillfactor = 80);
create index follow_up_month on follow_up (month);
create index follow_up_unit on follow_up (unit, month);
create index follow_up_kommun on follow_up (kommun, month);
create index follow_up_hospital on follow_up (hospital, month);

-- Days to pay (F5) by payer and month, of stays that have any; while the patient stays, up to the last look.
create table betalningsansvar (
	episode bigint not null,
	month integer not null,
	hospital integer not null,
	amount integer,                           -- kr; null: the year has no amount
	kommun smallint not null,
	days smallint not null,
	contested_days smallint not null,
	primary key (episode, kommun, month)
) with (fillfactor = 80);
create index betalningsansvar_month on betalningsansvar (month, kommun);

-- Of what stands of an episode in the two; 0: nothing. Tells whether they must be written anew.
alter table episode add column measures_digest integer not null default 0;
