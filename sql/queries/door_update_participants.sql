-- Participants that a batch changed. Arrays of one length.
update participant p
set role = n.role, active = n.active, told_inskrivning = n.told_inskrivning, told_beraknad = n.told_beraknad,
	told_klar = n.told_klar, told_utskrivning = n.told_utskrivning, told_samtycke = n.told_samtycke,
	told_fvk = n.told_fvk, told_forslag = n.told_forslag, told_sip = n.told_sip, told_mote = n.told_mote
from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::boolean[], $5::integer[], $6::integer[],
	$7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::integer[], $13::integer[])
	as n(episode, unit, role, active, told_inskrivning, told_beraknad, told_klar, told_utskrivning, told_samtycke,
	told_fvk, told_forslag, told_sip, told_mote)
where p.episode = n.episode and p.unit = n.unit
