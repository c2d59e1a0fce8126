-- G2: readmissions are counted by the discharges that are stored (queries/report_follow_up), not by what links two stays.
-- min_daemon: 5

-- Null: kept by a daemon of before.
alter table follow_up
	add column patient bigint,
	add column inskriven_at timestamptz,
	add column utskriven_at timestamptz;
create index follow_up_patient on follow_up (patient, utskriven_at) where unit = 0;

-- Only daemons of before write it.
alter table follow_up alter column readmission set default false;

-- What lacks something that the reports ask for: a discharge's time (above), a year's amount (F5).
create index follow_up_lacks on follow_up (episode) where utskriven_at is null;
create index betalningsansvar_lacks on betalningsansvar (episode) where amount is null;

-- The region_version as which what lacks something is to be planned anew, though it is over; null: that was done.
alter table instance add column rederive_version bigint;
update instance set region_version = region_version + 1, rederive_version = region_version + 1;
