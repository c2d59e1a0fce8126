-- New participants. Arrays of one length, unnested side by side (door_insert_episodes).
insert into participant (episode, unit, role, active, told_inskrivning, told_beraknad, told_klar, told_utskrivning,
	told_samtycke, told_fvk, told_forslag, told_sip, told_mote)
select unnest($1::bigint[]), unnest($2::integer[]), unnest($3::smallint[]), unnest($4::boolean[]),
	unnest($5::integer[]), unnest($6::integer[]), unnest($7::integer[]), unnest($8::integer[]),
	unnest($9::integer[]), unnest($10::integer[]), unnest($11::integer[]), unnest($12::integer[]),
	unnest($13::integer[])
