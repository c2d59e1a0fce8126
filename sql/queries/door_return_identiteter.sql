-- G4, undone: what a message that is annulled said of identities. Those that it moved go back, the others are nobody's.
-- $1 episodes, $2 the messages' nr; arrays of one length
with n as (
	select * from unnest($1::bigint[], $2::integer[]) as n(episode, nr)
), gone as (
	delete from identitet i using n where i.episode = n.episode and i.nr = n.nr and i.former is null
)
update identitet i
set patient = i.former, former = null, episode = null, nr = null
from n
where i.episode = n.episode and i.nr = n.nr and i.former is not null
