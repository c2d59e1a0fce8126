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
