-- Entries of the access log, in their order.
-- $1 from when, $2 to before when, $3 behind which number, $4 at most how many
-- Out: nr, at, action, the message's type or null, patient or null, the stay's uuid or null, the unit's HSA-id or null, the
-- client's organisation, its name, person
select a.nr, a.at, a.action, f.type, coalesce(a.patient, e.patient), e.uuid, u.hsa_id, c.org, c.name, a.person
from access_entry a
join client c on c.client = a.client
left join episode e on e.episode = a.episode
left join fact f on f.episode = a.episode and f.nr = a.fact_nr
left join unit u on u.unit = a.unit
where a.at >= $1::timestamptz and a.at < $2::timestamptz and a.nr > $3::bigint
	-- What is no older was sealed no earlier.
	and a.nr >= coalesce((select min(lower(s.numbers)) from access_seal s where s.sealed_at >= $1::timestamptz), 0)
order by a.nr
limit $4::bigint
