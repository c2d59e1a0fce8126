-- A patient's access log as one organisation may show it: what its own clients did, and what others did with its own stays. The
-- newest first.
-- $1 patient, $2 the organisation, $3 below which number, $4 at most how many
-- Out: nr, at, action, unit, the client's organisation, the client's name, person, the stay's uuid or null, the message's type or
-- null
with stay as (
	select e.episode, e.org, e.uuid from samordnad.episode e where e.patient = $1::bigint
), entry as (
	select a.*, s.org, s.uuid
	from stay s
	join samordnad.access_entry a on a.episode = s.episode and a.nr < $3::bigint
	union all
	select a.*, null, null
	from samordnad.access_entry a
	where a.patient = $1::bigint and a.nr < $3::bigint
)
select e.nr, e.at, e.action, e.unit, c.org, c.name, e.person, e.uuid, f.type
from entry e
join samordnad.client c on c.client = e.client and $2::bigint in (c.org, e.org) and $2::bigint <> 0
left join samordnad.fact f on f.episode = e.episode and f.nr = e.fact_nr
order by e.nr desc
limit $4::bigint
