-- Open episodes in the order of their instants, behind a place in that order: each of them has an instant. Before them, if
-- that is asked for (queries/rederive), those of which what is kept for the reports lacks something or has another amount than
-- the policies say (F5), in the order of their numbers; some of these are open, and come again.
-- $1 and $2 the place ($1 null: from the first, or from number $2), $3 at most how many
-- Out: episode, next_due (null: it lacks something)
(
	select l.episode, null::timestamptz as next_due
	from (
		(
			select episode from betalningsansvar
			where amount is null and episode > $2::bigint
			order by episode limit $3::bigint
		)
		union
		(
			select b.episode from betalningsansvar b
			where b.episode > $2::bigint and b.amount <> b.days * (select p.value::integer from policy p
				where p.policy = 'pay_amount' and (p.region is null or p.region = (select region from unit where unit = b.hospital))
					and (p.kommun is null or p.kommun = b.kommun) and tstzrange(p.from_at, p.to_at)
						@> make_timestamptz(b.month / 100, 1, 1, 0, 0, 0, 'Europe/Stockholm')
				order by p.kommun is null, p.region is null limit 1)
			order by b.episode limit $3::bigint
		)
		union
		(
			select episode from follow_up
			where utskriven_at is null and episode > $2::bigint
			order by episode limit $3::bigint
		)
	) l
	where $1::timestamptz is null and exists (select from instance where rederive_version is not null)
	order by l.episode
	limit $3::bigint
)
union all
(
	select episode, next_due
	from episode
	where next_due is not null and (next_due, episode) > (coalesce($1::timestamptz, '-infinity'), $2::bigint)
	order by next_due, episode
	limit $3::bigint
)
order by next_due nulls first, episode
limit $3::bigint
