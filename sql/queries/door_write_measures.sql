-- The measures of stays in which they are new or changed. Arrays of one length.
insert into follow_up (episode, month, hospital, kommun, ready_days, psykiatrisk, withdrawals, date_changes, discharge,
	sip_held, sip_followed_up, patient, inskriven_at, utskriven_at, unprotected, unit, notice_in_time, notice_minutes,
	kvittens_minutes, fvk_in_time, fvk_lead_minutes, fvk_changes, kallelse_in_time, hospital_late, unit_late, kommun_late, system_late)
select * from unnest($1::bigint[], $2::integer[], $3::integer[], $4::smallint[], $5::integer[], $6::boolean[],
	$7::smallint[], $8::smallint[], $9::smallint[], $10::boolean[], $11::boolean[], $12::bigint[], $13::timestamptz[],
	$14::timestamptz[], $15::boolean[], $16::integer[], $17::boolean[], $18::integer[], $19::integer[], $20::boolean[],
	$21::integer[], $22::smallint[], $23::boolean[], $24::smallint[], $25::smallint[], $26::smallint[], $27::smallint[])
on conflict (episode, unit) do update
set month = excluded.month, hospital = excluded.hospital, kommun = excluded.kommun, ready_days = excluded.ready_days,
	psykiatrisk = excluded.psykiatrisk, withdrawals = excluded.withdrawals, date_changes = excluded.date_changes,
	discharge = excluded.discharge, sip_held = excluded.sip_held, sip_followed_up = excluded.sip_followed_up,
	patient = excluded.patient, inskriven_at = excluded.inskriven_at,
	utskriven_at = excluded.utskriven_at, unprotected = excluded.unprotected, notice_in_time = excluded.notice_in_time,
	notice_minutes = excluded.notice_minutes, kvittens_minutes = excluded.kvittens_minutes,
	fvk_in_time = excluded.fvk_in_time, fvk_lead_minutes = excluded.fvk_lead_minutes,
	fvk_changes = excluded.fvk_changes, kallelse_in_time = excluded.kallelse_in_time,
	hospital_late = excluded.hospital_late, unit_late = excluded.unit_late, kommun_late = excluded.kommun_late,
	system_late = excluded.system_late
