-- G4, undone: what messages that are annulled said of identities is as if it had not been said. What was said after it
-- stands, and led from where the first of them led from; if nothing was, the identity leads there again, or to nobody.
-- $1 episodes, $2 the messages' nr; arrays of one length
with gone as (
	delete from identitet_flytt f using unnest($1::bigint[], $2::integer[]) as n(episode, nr)
	where f.episode = n.episode and f.nr = n.nr
	returning f.*
), first as (
	select distinct on (g.system, g.varde, next) g.system, g.varde, g.former, next
	from gone g
	cross join lateral (
		select min(k.flytt) as next from identitet_flytt k
		where k.system = g.system and k.varde = g.varde and k.flytt > g.flytt
			and not exists (select from gone where gone.flytt = k.flytt)
	) k
	order by g.system, g.varde, next, g.flytt
), after as (
	update identitet_flytt f set former = first.former from first where f.flytt = first.next
), nobodys as (
	delete from identitet i using first
	where i.system = first.system and i.varde = first.varde and first.next is null and first.former is null
)
update identitet i
set patient = first.former
from first
where i.system = first.system and i.varde = first.varde and first.next is null and first.former is not null
