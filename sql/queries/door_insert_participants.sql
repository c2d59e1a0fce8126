-- New participants. Arrays of one length.
insert into participant (episode, unit, role, active, told_inskrivning, told_beraknad, told_klar, told_utskrivning,
	told_samtycke, told_fvk, told_forslag, told_sip, told_mote)
select * from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::boolean[], $5::integer[], $6::integer[],
	$7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::integer[], $13::integer[])
