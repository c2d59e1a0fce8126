-- What the whole of the law asks beyond the main way of a stay.
-- min_daemon: 4

-- A patient's stays: search (contract.md §3), and what a new one follows (G2, G7).
create index episode_patient on episode (patient, episode) where patient is not null;

-- Whose fast vårdkontakt a person is (B13), and how many have one (domain.md §4).
create index kontakt_staff on kontakt (staff);

-- A unit's stays, for search.
create index participant_unit on participant (unit, episode);

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
