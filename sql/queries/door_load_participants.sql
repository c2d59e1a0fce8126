-- Who takes part in episodes, and what each was told.
-- $1 episodes
select p.episode, p.unit, p.role, p.active, p.told_inskrivning, p.told_beraknad, p.told_klar, p.told_utskrivning,
	p.told_samtycke, p.told_fvk, p.told_forslag, p.told_sip, p.told_mote
from unnest($1::bigint[]) as i(episode)
join participant p on p.episode = i.episode
order by p.episode
