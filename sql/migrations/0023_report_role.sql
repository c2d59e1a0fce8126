-- What a database role for reports reads (setting report_role, sql/report_grants.sql): views in a schema of their own, of what the
-- follow-up and the report of betalningsansvar are reckoned from, a stay under a pseudonym, no person's identity, name or address.
-- The views run as the schema's owner, so that the role needs nothing in the schema samordnad and can name nothing there: no table,
-- no function, and no column that comes later. Row security on the tables themselves, with views that run as who asks, would need
-- rights to those tables, and policies beside the door's statements. The rows are chosen behind a function, so that the asker's own
-- conditions see nothing before that choice. Who has skyddade personuppgifter (G6) is in no row.
-- min_daemon: 22

-- Which logins see whose stays: those in which a unit of the organisation takes part, or whose days its kommun pays. A login, not
-- a role that can be set: members of report_role have rows of their own.
create table report_grant (
	role name not null,
	org bigint,                               -- organisationsnummer; null: every organisation
	unique nulls not distinct (role, org)
);

-- With it a stay's pseudonym is reckoned: another for each login, the same for as long as this stands.
alter table instance add column report_salt uuid not null default gen_random_uuid();

-- No skyddade personuppgifter (G6); null: kept by a daemon of before, and in no view.
alter table follow_up add column unprotected boolean;
alter table betalningsansvar add column unprotected boolean;
drop index follow_up_lacks;
create index follow_up_lacks on follow_up (episode) where utskriven_at is null or unprotected is null;
create or replace view lacking as
	select episode from follow_up where utskriven_at is null or unprotected is null
	union
	select b.episode
	from betalningsansvar b
	where b.unprotected is null or b.amount is null or b.amount <> b.days * (
		select p.value::integer
		from policy p
		where p.policy = 'pay_amount' and tstzrange(p.from_at, p.to_at)
				@> make_timestamptz(b.month / 100, 1, 1, 0, 0, 0, 'Europe/Stockholm')
			and (p.region is null or p.region = (select u.region from unit u where u.unit = b.hospital))
			and (p.kommun is null or p.kommun = b.kommun)
		order by p.kommun is null, p.region is null
		limit 1);
update instance set region_version = region_version + 1, rederive_version = region_version + 1;

create schema samordnad_report;

-- A row for a stay that has ended (unit null), and one for each mottagare: this one for its own organisation and the hospital's.
-- Days instead of instants: they are what the reports reckon by, and point out fewer. The numbers are those of proto/manual.md.
create view report_stay as
select left(encode(sha256(convert_to(i.report_salt || ' ' || session_user || ' ' || f.episode, 'UTF8')), 'hex'), 32) as stay,
	f.month, h.hsa_id as hospital, u.hsa_id as unit, lpad(nullif(f.kommun, 0)::text, 4, '0') as kommun, f.psykiatrisk,
	(f.inskriven_at at time zone 'Europe/Stockholm')::date as inskriven_on,
	(f.utskriven_at at time zone 'Europe/Stockholm')::date as utskriven_on,
	case f.discharge when 0 then 'day' when 1 then 'evening' when 2 then 'day_off' end as discharge,
	f.ready_days, f.withdrawals, f.date_changes, f.sip_held, f.sip_followed_up,
	exists (select from follow_up r
		where r.unit = 0 and r.unprotected and r.patient = f.patient and r.episode <> f.episode
			and r.utskriven_at <= f.inskriven_at
			and r.utskriven_at >= (date_trunc('day', f.inskriven_at at time zone 'Europe/Stockholm')
				- interval '30 days') at time zone 'Europe/Stockholm') as readmission,
	f.notice_in_time, f.notice_minutes, f.kallelse_in_time, f.kvittens_minutes, f.fvk_in_time, f.fvk_lead_minutes, f.fvk_changes,
	f.hospital_late, f.unit_late, f.kommun_late, f.system_late
from follow_up f
join unit h on h.unit = f.hospital
left join unit u on u.unit = f.unit
cross join instance i
where f.unprotected and exists (
	select from report_grant g
	where g.role = session_user and (g.org is null or g.org = h.org or g.org = u.org
		or f.unit = 0 and exists (select from follow_up o join unit v on v.unit = o.unit
			where o.episode = f.episode and v.org = g.org)));

-- Days to pay (F5), by stay, payer and month: for the hospital's organisation and the payer's.
create view report_betalningsansvar as
select left(encode(sha256(convert_to(i.report_salt || ' ' || session_user || ' ' || b.episode, 'UTF8')), 'hex'), 32) as stay,
	b.month, h.hsa_id as hospital, lpad(b.kommun::text, 4, '0') as kommun, b.days, b.contested_days, b.amount
from betalningsansvar b
join unit h on h.unit = b.hospital
cross join instance i
where b.unprotected and exists (
	select from report_grant g
	where g.role = session_user and (g.org is null or g.org = h.org or exists (select from unit v
		where v.kommun = b.kommun and v.slag in ('kommunal_hsl', 'socialtjanst', 'ekonomi') and v.org = g.org)));

-- The rows come through a function that is not looked into: by an index of its own choice, and what `explain analyze` counts there, who
-- asks would learn how many rows are hidden.
create function report_stay_rows() returns setof report_stay
	language sql stable security definer
	set search_path = samordnad, pg_catalog, pg_temp
	as 'select * from samordnad.report_stay';
create function report_betalningsansvar_rows() returns setof report_betalningsansvar
	language sql stable security definer
	set search_path = samordnad, pg_catalog, pg_temp
	as 'select * from samordnad.report_betalningsansvar';
create view samordnad_report.stay as select * from report_stay_rows();
create view samordnad_report.betalningsansvar as select * from report_betalningsansvar_rows();

-- Who lets whom see what is recorded as other rights are (0020).
create trigger register_logged_insert after insert on report_grant referencing new table as changed
	for each statement execute function register_logged();
create trigger register_logged_update after update on report_grant referencing new table as changed
	for each statement execute function register_logged();
create trigger register_logged_delete after delete on report_grant referencing old table as changed
	for each statement execute function register_logged();
create trigger register_logged_truncate after truncate on report_grant
	for each statement execute function register_logged();

comment on view samordnad_report.stay is 'Stays that have ended: a row for the stay (unit null) and one for each mottagare. The measures are those of the manual''s chapter Reports; null: there is none.';
comment on column samordnad_report.stay.stay is 'pseudonym, another for each login';
comment on column samordnad_report.stay.month is 'of the discharge, yyyymm';
comment on column samordnad_report.stay.hospital is 'HSA-id of the ward that the patient left';
comment on column samordnad_report.stay.unit is 'HSA-id of the mottagare; null: the row is of the stay';
comment on column samordnad_report.stay.kommun is 'kommunkod, four digits, by folkbokföring or placement';
comment on column samordnad_report.stay.discharge is 'day: on a working day before the evening, evening, or day_off';
comment on column samordnad_report.stay.ready_days is 'dates from ready to home (F6)';
comment on column samordnad_report.stay.withdrawals is 'how often the ready notice was withdrawn';
comment on column samordnad_report.stay.date_changes is 'how often the expected discharge was moved';
comment on column samordnad_report.stay.readmission is 'admitted within 30 days of an earlier discharge';
comment on column samordnad_report.stay.notice_minutes is 'from the judgement of needs to the notice (A2)';
comment on column samordnad_report.stay.kvittens_minutes is 'of the mottagare, from the notice to its kvittens';
comment on column samordnad_report.stay.fvk_lead_minutes is 'from when a fast vårdkontakt was named to the discharge (B1)';
comment on column samordnad_report.stay.hospital_late is 'breaches by cause: the hospital''s, the unit''s, the kommun''s, the system''s';
comment on view samordnad_report.betalningsansvar is 'Days to pay (F5), by stay, paying kommun and month (yyyymm); amount in kronor, null: none is in force.';
