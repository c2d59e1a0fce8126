-- For how long the delivery log is kept, by the policy for all that is in force, and before when it is forgotten now: what had
-- arrived before that is from here on nobody's to say (replay_scope).
-- $1 the policy, $2 its default
update instance i
set deliveries_from = greatest(i.deliveries_from, pg_catalog.now() - make_interval(days => kept.days))
from (
	select coalesce((
		select p.value::integer from policy p
		where p.policy = $1::text and p.scope = 'all' and p.from_at <= samordnad.now()
			and coalesce(p.to_at, 'infinity') > samordnad.now()), $2::integer) as days
) kept
returning kept.days, pg_catalog.now() - make_interval(days => kept.days)
