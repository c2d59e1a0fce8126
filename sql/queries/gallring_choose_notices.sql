-- Units the beginning of whose feeds is past its time, and of what nobody needs any more (feed_needed).
-- $1 the policy, $2 its default in months; $3 the legal now
-- Out: unit, its organisation, before when; the first seq that is kept, and the first that is there
select u.unit, u.org, t.before, least(f.seq, k.seq), first.seq
from samordnad.gallring_months($1::text, $2::integer, $3::timestamptz) m
join unit u on u.unit = m.unit
cross join lateral (select samordnad.gallring_before(m.months, $3::timestamptz) as before) t
cross join lateral (select n.seq from notice n where n.unit = u.unit order by n.seq limit 1) first
join feed_needed f on f.unit = u.unit
left join lateral (
	select n.seq from notice n where n.unit = u.unit and n.at >= t.before order by n.seq limit 1
) k on true
where least(f.seq, k.seq) > first.seq
order by u.unit
